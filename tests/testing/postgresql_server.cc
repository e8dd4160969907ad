#include "tests/testing/postgresql_server.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libpq-fe.h"

namespace clientele::testutil {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";

// PostgreSQL refuses to run as root.
const passwd* Unprivileged() {
  if (getuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

std::vector<std::string> Command(const passwd* user, const std::string& program, std::vector<std::string> arguments) {
  std::vector<std::string> command;
  if (user != nullptr) {
    command = {"setpriv", absl::StrCat("--reuid=", user->pw_uid), absl::StrCat("--regid=", user->pw_gid),
               "--clear-groups"};
  }
  command.push_back(kPrograms + program);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

// Whether the process is no more; it can still be waited for.
bool HasEnded(pid_t pid) {
  siginfo_t info = {};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

[[noreturn]] void Fail(absl::string_view why) {
  std::cerr << "PostgreSQL does not start: " << why << "\n";
  std::abort();
}

}  // namespace

bool PostgresqlServer::IsInstalled() { return access(absl::StrCat(kPrograms, "postgres").c_str(), X_OK) == 0; }

PostgresqlServer& PostgresqlServer::Get() {
  static const auto server = std::make_unique<PostgresqlServer>();
  return *server;
}

bool PostgresqlServer::MayMount() {
  const TempDir place;
  if (mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=1m") != 0) return false;
  return umount(place.path().c_str()) == 0;
}

PostgresqlServer::PostgresqlServer(const PostgresqlServerOptions& options) : options_(options) {
  if (options_.disk_megabytes > 0) {
    const std::string size = absl::StrCat("size=", options_.disk_megabytes, "m");
    if (mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, size.c_str()) != 0) Fail("mount");
  }
  if (const passwd* user = Unprivileged()) {
    if (chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) Fail("chown");
  }
  std::vector<std::string> command = Command(
      Unprivileged(), "initdb",
      {"-D", directory_.File("data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"});
  const std::string program = command[0];
  command.erase(command.begin());
  const auto made = RunProgram(program, command, directory_.path());
  if (!made.ok() || made->exit_code != 0) Fail(made.ok() ? made->standard_error : made.status().ToString());
  Start();
  Run("CREATE ROLE clientele LOGIN");
}

PostgresqlServer::~PostgresqlServer() {
  program_->Kill(SIGINT);
  program_->Wait();
  if (options_.disk_megabytes > 0) umount2(directory_.path().c_str(), MNT_DETACH);
}

void PostgresqlServer::Start() {
  std::vector<std::string> arguments = {"-D", directory_.File("data"), "-k", directory_.path(),       "-h", "",
                                        "-c", "max_connections=100",   "-c", "log_min_messages=fatal"};
  if (!options_.durable) arguments.insert(arguments.end(), {"-c", "fsync=off"});
  // Sessions of a server that was killed may still be ending.
  for (const absl::Time deadline = absl::Now() + absl::Seconds(60); absl::Now() < deadline;) {
    std::vector<std::string> command = Command(Unprivileged(), "postgres", arguments);
    const std::string path = command[0];
    command.erase(command.begin());
    auto started = Program::Start(path, command, directory_.path());
    if (!started.ok()) Fail(started.status().ToString());
    program_ = *std::move(started);
    while (!HasEnded(program_->pid()) && absl::Now() < deadline) {
      if (PQping(SuperuserUrl("postgres").c_str()) == PQPING_OK) return;
      absl::SleepFor(absl::Milliseconds(20));
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
  Fail(program_->standard_error());
}

void PostgresqlServer::StartIfEnded() {
  if (!HasEnded(program_->pid())) return;
  program_->Wait();
  Start();
}

void PostgresqlServer::Restart() {
  program_->Kill(SIGINT);
  program_->Wait();
  Start();
}

void PostgresqlServer::Crash() {
  program_->Kill(SIGKILL);
  program_->Wait();
}

std::string PostgresqlServer::SuperuserUrl(const std::string& database) const {
  return absl::StrCat("postgresql:///", database, "?host=", directory_.path(), "&user=postgres");
}

std::string PostgresqlServer::NewDatabase() {
  const std::string name = absl::StrCat("test_", ++databases_);
  Run(absl::StrCat("CREATE DATABASE ", name, " OWNER clientele"));
  return absl::StrCat("postgresql:///", name, "?host=", directory_.path(), "&user=clientele");
}

std::string PostgresqlServer::DatabaseAt(const std::string& place) {
  const auto [known, is_new] = places_.try_emplace(place);
  if (is_new) known->second = NewDatabase();
  return known->second;
}

absl::Status PostgresqlServer::RunAs(const std::string& url, const std::string& sql, std::string* first_value) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> session(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(session.get()) != CONNECTION_OK) return absl::UnavailableError(PQerrorMessage(session.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(session.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    return absl::InternalError(PQresultErrorMessage(result.get()));
  }
  if (first_value != nullptr && PQntuples(result.get()) > 0) *first_value = PQgetvalue(result.get(), 0, 0);
  return absl::OkStatus();
}

std::string PostgresqlServer::Run(const std::string& sql, const std::string& database) {
  std::string value;
  const absl::Status status = RunAs(SuperuserUrl(database), sql, &value);
  EXPECT_TRUE(status.ok()) << sql << "\n" << status;
  return value;
}

int PostgresqlServer::EndSessions(absl::string_view database_url) {
  return std::atoi(Run(absl::StrCat("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '",
                                    DatabaseOf(database_url), "' AND usename = 'clientele'"))
                       .c_str());
}

std::string DatabaseOf(absl::string_view url) {
  const absl::string_view rest = url.substr(absl::string_view("postgresql:///").size());
  return std::string(rest.substr(0, rest.find('?')));
}

}  // namespace clientele::testutil
