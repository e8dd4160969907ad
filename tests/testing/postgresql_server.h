// A PostgreSQL server of a test program's own: in a temporary directory, on a unix socket there, as a user without
// privileges.
//
//   testutil::PostgresqlServer& server = testutil::PostgresqlServer::Get();
//   const std::string url = server.NewDatabase();
//
// Where PostgreSQL 15 is not installed, suites that need it have no tests, and RequiresPostgresql says why:
//
//   INSTANTIATE_TEST_SUITE_P(PostgreSql, JobStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(&OpenJobs)));
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/testing/program.h"
#include "tests/testing/temp_dir.h"

namespace clientele::testutil {

struct PostgresqlServerOptions {
  bool durable = false;    // Syncs its files, which only a crash of the machine asks for, and a benchmark.
  int disk_megabytes = 0;  // Not 0: on a disk of its own, in memory. See MayMount.
};

// For one thread, but that sessions may come from any.
class PostgresqlServer {
 public:
  static bool IsInstalled();
  // This program's, started when it is first asked for. Ends the program where it does not start.
  static PostgresqlServer& Get();

  explicit PostgresqlServer(const PostgresqlServerOptions& options = {});
  ~PostgresqlServer();

  // The address of a new, empty database, whose owner is a role without privileges.
  std::string NewDatabase();
  // That of the database that stands for a place: the same as often as it is asked for.
  std::string DatabaseAt(const std::string& place);
  // Runs SQL as the superuser: the first value of the last result, as text. Fails the test on an error.
  std::string Run(const std::string& sql, const std::string& database = "postgres");
  // Runs SQL as whoever `url` names.
  static absl::Status RunAs(const std::string& url, const std::string& sql, std::string* first_value = nullptr);

  // Ends every session of the database but those of the superuser; how many.
  int EndSessions(absl::string_view database_url);
  void Restart();  // As an administrator does.
  void Crash();    // SIGKILL.
  void Start();    // After Crash, until it takes sessions.
  // Starts it again where it has ended by itself.
  void StartIfEnded();

  // Its directory, of which it uses data/ and a socket.
  const std::string& directory() const { return directory_.path(); }
  // Whether a server may have a disk of its own here.
  static bool MayMount();

 private:
  std::string SuperuserUrl(const std::string& database) const;

  const PostgresqlServerOptions options_;
  TempDir directory_;
  std::unique_ptr<Program> program_;
  int databases_ = 0;
  std::map<std::string, std::string> places_;
};

// The database's name in a url of NewDatabase.
std::string DatabaseOf(absl::string_view url);

template <typename T>
std::vector<T> IfPostgresql(T value) {
  return PostgresqlServer::IsInstalled() ? std::vector<T>{std::move(value)} : std::vector<T>{};
}

}  // namespace clientele::testutil
