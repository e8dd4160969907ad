#include "common/storage/postgresql/connection.h"

#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {
namespace {

constexpr size_t kCopyPiece = 64 << 10;
constexpr size_t kCopyHeader = 19;

absl::Status Unavailable(absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, absl::StrCat("PostgreSQL: ", why));
}

// What SQLSTATE says. https://www.postgresql.org/docs/15/errcodes-appendix.html
Failure FailureOf(absl::string_view state) {
  if (state == "40001" || state == "40P01") return Failure::kConflict;  // Not serialisable; deadlock.
  const absl::string_view kind = state.substr(0, 2);
  if (kind == "08" || state == "57P01" || state == "57P02" || state == "57P03") return Failure::kLost;
  return Failure::kOther;
}

// Whether the server is short of something, or busy, rather than that we are wrong.
bool MayPass(absl::string_view state) {
  const absl::string_view kind = state.substr(0, 2);
  return FailureOf(state) != Failure::kOther || kind == "53" || kind == "57" || kind == "58" || state == "25006" ||
         state == "55P03";
}

}  // namespace

int64_t Result::changed() const {
  int64_t count = 0;
  return absl::SimpleAtoi(PQcmdTuples(result_.get()), &count) ? count : 0;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& url, absl::Duration timeout) {
  PGconn* raw = PQconnectStart(url.c_str());
  if (raw == nullptr) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "out of memory");
  std::unique_ptr<Connection> connection(new Connection(raw, timeout));
  CLIENTELE_RETURN_IF_ERROR(connection->Connect(absl::Now() + timeout));
  if (PQsetnonblocking(raw, 1) != 0) return connection->Lost("the socket cannot be set up");
  PQsetNoticeReceiver(
      raw, [](void*, const PGresult*) {}, nullptr);
  // The server gives up by itself what we no longer wait for, and notices when we are gone.
  CLIENTELE_RETURN_IF_ERROR(connection->Run(
      absl::StrCat("SET statement_timeout = ", absl::ToInt64Milliseconds(timeout),
                   "; SET client_connection_check_interval = 2000; SET search_path = clientele, pg_temp")));
  return connection;
}

Connection::~Connection() = default;

absl::Status Connection::Connect(absl::Time deadline) {
  PGconn* connection = connection_.get();
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
    CLIENTELE_RETURN_IF_ERROR(AwaitSocket(next == PGRES_POLLING_WRITING, deadline));
    next = PQconnectPoll(connection);
  }
  if (next == PGRES_POLLING_OK) return absl::OkStatus();
  return Lost(absl::StripSuffix(PQerrorMessage(connection), "\n"));
}

absl::Status Connection::Lost(absl::string_view why) {
  failure_ = Failure::kLost;
  return Unavailable(why);
}

absl::Status Connection::AwaitSocket(bool write, absl::Time deadline) {
  pollfd socket{PQsocket(connection_.get()), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0};
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return Lost("no answer in time");
    const int milliseconds = static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 60'000));
    const int ready = poll(&socket, 1, milliseconds);
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Lost("the socket fails");
  }
}

absl::Status Connection::Flush(absl::Time deadline) {
  int left = 0;
  while ((left = PQflush(connection_.get())) == 1) {
    CLIENTELE_RETURN_IF_ERROR(AwaitSocket(/*write=*/true, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return Lost("the connection is gone");
  }
  return left == 0 ? absl::OkStatus() : Lost("the connection is gone");
}

absl::StatusOr<PGresult*> Connection::NextResult(absl::Time deadline) {
  CLIENTELE_RETURN_IF_ERROR(Flush(deadline));
  while (PQisBusy(connection_.get()) != 0) {
    CLIENTELE_RETURN_IF_ERROR(AwaitSocket(/*write=*/false, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return Lost("the connection is gone");
  }
  return PQgetResult(connection_.get());
}

absl::Status Connection::FromResult(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state == nullptr) return Lost("the connection is gone");
  failure_ = FailureOf(state);
  // The primary message alone: details may quote values.
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const absl::StatusCode code = MayPass(state) ? absl::StatusCode::kUnavailable : absl::StatusCode::kInternal;
  return Error(code, ErrorReason::kStorageFailed,
               absl::StrCat("PostgreSQL: ", message == nullptr ? "an error" : message, " (", state, ")"));
}

absl::StatusOr<Result> Connection::Finished() {
  const absl::Time deadline = absl::Now() + timeout_;
  if (failure_ != Failure::kLost) failure_ = Failure::kNone;
  Result last(nullptr);
  absl::Status status;
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(PGresult * raw, NextResult(deadline));
    if (raw == nullptr) break;
    const ExecStatusType kind = PQresultStatus(raw);
    Result result(raw);
    if (kind == PGRES_COPY_IN || kind == PGRES_COPY_OUT) return result;  // The rest comes after the rows.
    if (kind == PGRES_FATAL_ERROR && status.ok()) status = FromResult(raw);
    last = std::move(result);
  }
  if (!status.ok()) return status;
  return last;
}

absl::StatusOr<std::string> Connection::Prepare(absl::string_view sql, absl::Span<const Value> parameters) {
  const auto [known, is_new] = statements_.try_emplace(sql);
  if (!is_new) return known->second;
  const std::string name = absl::StrCat("s", statements_.size());
  std::vector<Oid> types;
  for (const Value& parameter : parameters) types.push_back(parameter.type);
  const int sent = PQsendPrepare(connection_.get(), name.c_str(), known->first.c_str(), static_cast<int>(types.size()),
                                 types.data());
  const absl::Status prepared = sent != 0 ? Finished().status() : Lost("the connection is gone");
  if (!prepared.ok()) {
    statements_.erase(known);
    return prepared;
  }
  known->second = name;
  return name;
}

absl::StatusOr<Result> Connection::Execute(absl::string_view sql, absl::Span<const Value> parameters) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string name, Prepare(sql, parameters));
  std::vector<const char*> values;
  std::vector<int> sizes, formats(parameters.size(), 1);
  for (const Value& parameter : parameters) {
    values.push_back(parameter.is_null ? nullptr : parameter.bytes.data());
    sizes.push_back(static_cast<int>(parameter.bytes.size()));
  }
  const int sent = PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                                       sizes.data(), formats.data(), /*resultFormat=*/1);
  return sent != 0 ? Finished() : Lost("the connection is gone");
}

absl::Status Connection::Run(const std::string& sql) {
  return PQsendQuery(connection_.get(), sql.c_str()) != 0 ? Finished().status() : Lost("the connection is gone");
}

absl::Status Connection::CopyIn(const std::string& sql, absl::string_view rows) {
  CLIENTELE_RETURN_IF_ERROR(Run(sql));
  const absl::Time deadline = absl::Now() + timeout_;
  while (!rows.empty()) {
    const absl::string_view piece = rows.substr(0, kCopyPiece);
    const int put = PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size()));
    if (put < 0) return Lost("the connection is gone");
    if (put == 0) {
      CLIENTELE_RETURN_IF_ERROR(AwaitSocket(/*write=*/true, deadline));
      continue;
    }
    rows.remove_prefix(piece.size());
  }
  if (PQputCopyEnd(connection_.get(), nullptr) < 0) return Lost("the connection is gone");
  return Finished().status();
}

absl::Status Connection::CopyOut(const std::string& sql, absl::FunctionRef<bool(CopiedRow&)> visit) {
  CLIENTELE_RETURN_IF_ERROR(Run(sql));
  bool is_first = true;
  while (true) {
    char* raw = nullptr;
    const int size = PQgetCopyData(connection_.get(), &raw, /*async=*/1);
    if (size < 0) return Finished().status();
    if (size == 0) {
      CLIENTELE_RETURN_IF_ERROR(AwaitSocket(/*write=*/false, absl::Now() + timeout_));
      if (PQconsumeInput(connection_.get()) == 0) return Lost("the connection is gone");
      continue;
    }
    const std::unique_ptr<char, decltype(&PQfreemem)> message(raw, &PQfreemem);
    CLIENTELE_ASSIGN_OR_RETURN(const bool more, VisitRows({raw, static_cast<size_t>(size)}, is_first, visit));
    is_first = false;
    if (!more) return CancelCopy();
  }
}

absl::StatusOr<bool> Connection::VisitRows(absl::string_view message, bool first,
                                           absl::FunctionRef<bool(CopiedRow&)> visit) {
  if (first) message.remove_prefix(std::min(kCopyHeader, message.size()));
  if (message.empty()) return true;
  // A message is a row, or the mark of the end, which has no values.
  if (message.size() < 2) return Lost("a row is damaged");
  if (FromBigEndian<int16_t>(message.data()) < 0) return true;
  CopiedRow row(message.substr(2));
  const bool more = visit(row);
  if (!row.intact()) return Lost("a row is damaged");
  return more;
}

absl::Status Connection::CancelCopy() {
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection_.get()), &PQfreeCancel);
  char why[256];
  if (cancel == nullptr || PQcancel(cancel.get(), why, sizeof(why)) == 0) return Lost("a scan cannot be stopped");
  const absl::Time deadline = absl::Now() + timeout_;
  for (int size = 0; size >= 0;) {
    char* raw = nullptr;
    size = PQgetCopyData(connection_.get(), &raw, /*async=*/1);
    if (raw != nullptr) PQfreemem(raw);
    if (size != 0) continue;
    CLIENTELE_RETURN_IF_ERROR(AwaitSocket(/*write=*/false, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return Lost("the connection is gone");
  }
  const absl::Status ended = Finished().status();  // The cancellation, or all the rows were under way already.
  return failure_ == Failure::kLost ? ended : Run("ROLLBACK");
}

absl::StatusOr<bool> Connection::AwaitNotification(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  bool notified = false;
  while (true) {
    if (PQconsumeInput(connection_.get()) == 0) return Lost("the connection is gone");
    while (PGnotify* notification = PQnotifies(connection_.get())) {
      PQfreemem(notification);
      notified = true;
    }
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (notified || left <= 0) return notified;
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    poll(&socket, 1, static_cast<int>(left));
  }
}

bool Connection::IsAlive() {
  pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
  if (poll(&socket, 1, 0) == 0) return true;  // The server has nothing to say: not even that it is gone.
  return PQconsumeInput(connection_.get()) != 0 && PQstatus(connection_.get()) == CONNECTION_OK &&
         poll(&socket, 1, 0) == 0;
}

}  // namespace clientele::storage::postgresql
