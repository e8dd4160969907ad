// One connection to PostgreSQL through libpq: statements with binary parameters and results, COPY in and out, all of it
// without blocking for longer than it may.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/storage/postgresql/values.h"
#include "libpq-fe.h"

namespace clientele::storage::postgresql {

// The rows of a statement, in binary. Row and column count from 0 and must be there.
class Result {
 public:
  explicit Result(PGresult* result) : result_(result, &PQclear) {}

  int rows() const { return PQntuples(result_.get()); }
  // How many rows the statement inserted, updated or deleted.
  int64_t changed() const;
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  absl::string_view Bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::string String(int row, int column) const { return std::string(Bytes(row, column)); }
  bool Bool(int row, int column) const { return *PQgetvalue(result_.get(), row, column) != 0; }
  int16_t Int2(int row, int column) const { return Number<int16_t>(row, column); }
  int32_t Int4(int row, int column) const { return Number<int32_t>(row, column); }
  int64_t Int8(int row, int column) const { return Number<int64_t>(row, column); }
  double Float8(int row, int column) const { return std::bit_cast<double>(Number<uint64_t>(row, column)); }
  int64_t Micros(int row, int column) const { return Number<int64_t>(row, column) + kEpochMicros; }

 private:
  template <typename T>
  T Number(int row, int column) const {
    return FromBigEndian<T>(PQgetvalue(result_.get(), row, column));
  }
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

// What an error means for whoever would try again.
enum class Failure {
  kNone,
  kConflict,  // Another transaction was in the way: the same again may go through.
  kLost,      // The connection is gone, and the transaction with it, unless it was being committed.
  kOther,
};

// Thread-compatible. Errors of every call: UNAVAILABLE where trying again may help, else INTERNAL; reason
// STORAGE_FAILED. Their messages have no values.
class Connection {
 public:
  // `url` as libpq reads it: postgresql://user@host/database?sslmode=verify-full. What it does not name, comes from
  // libpq's environment and password file. Each later call may take `timeout`, but a scan, between two of its rows.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& url, absl::Duration timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement. It is prepared the first time that the connection sees it.
  absl::StatusOr<Result> Execute(absl::string_view sql, absl::Span<const Value> parameters = {});
  // Statements with semicolons between, whose results nobody reads.
  absl::Status Run(const std::string& sql);
  // COPY ... FROM STDIN (FORMAT binary), with CopyRows::Finish().
  absl::Status CopyIn(const std::string& sql, absl::string_view rows);
  // COPY ... TO STDOUT (FORMAT binary), row by row; false stops, and ends the transaction.
  absl::Status CopyOut(const std::string& sql, absl::FunctionRef<bool(CopiedRow&)> visit);

  // Waits until another session has notified this one on a channel that it listens to, or for `timeout`; whether it was
  // notified.
  absl::StatusOr<bool> AwaitNotification(absl::Duration timeout);

  // Whether the server still holds the other end, as far as can be told without asking it.
  bool IsAlive();
  // Not inside a transaction, and fit for the next.
  bool IsIdle() const { return failure_ != Failure::kLost && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE; }
  // A statement of the transaction has failed: it can only be rolled back.
  bool HasFailed() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR; }
  // Of the last statement.
  Failure failure() const { return failure_; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  Connection(PGconn* connection, absl::Duration timeout) : connection_(connection), timeout_(timeout) {}

  absl::Status Connect(absl::Time deadline);
  // Until the socket can be read, or written where `write`; the error where the time is up.
  absl::Status AwaitSocket(bool write, absl::Time deadline);
  absl::Status Flush(absl::Time deadline);
  // The next result of what was sent; null behind the last.
  absl::StatusOr<PGresult*> NextResult(absl::Time deadline);
  // The last result of what was sent, once all have come; the first error.
  absl::StatusOr<Result> Finished();
  absl::StatusOr<std::string> Prepare(absl::string_view sql, absl::Span<const Value> parameters);
  // Hands the rows of one message to `visit`. False: it has stopped.
  absl::StatusOr<bool> VisitRows(absl::string_view message, bool first, absl::FunctionRef<bool(CopiedRow&)> visit);
  absl::Status CancelCopy();
  absl::Status FromResult(const PGresult* result);
  absl::Status Lost(absl::string_view why);

  std::unique_ptr<PGconn, Finish> connection_;
  const absl::Duration timeout_;
  Failure failure_ = Failure::kNone;
  absl::flat_hash_map<std::string, std::string> statements_;  // Names of the prepared, by text.
};

}  // namespace clientele::storage::postgresql
