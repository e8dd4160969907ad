// Reads comma-separated values (RFC 4180) as a stream: quoted fields may hold delimiters, line ends and doubled quotes;
// lines end in LF, CRLF or CR; a byte-order mark is skipped; empty lines are no rows.
//
//   CLIENTELE_ASSIGN_OR_RETURN(auto reader, CsvReader::Open("orders.csv.gz", {}));
//   std::vector<std::string> fields;
//   for (;;) { CLIENTELE_ASSIGN_OR_RETURN(bool more, reader->Next(fields)); if (!more) break; ... }
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/csv/byte_source.h"

namespace clientele::cli {

enum class Encoding { kUtf8, kLatin1 };

struct CsvOptions {
  char delimiter = ',';
  Encoding encoding = Encoding::kUtf8;
  size_t max_field_bytes = 1 << 20;
  size_t max_row_bytes = 16 << 20;  // No request is larger; a gzip file of a few kB could hold gigabytes.
  size_t max_columns = 10'000;
};

// One thread. Memory: one buffer and one row.
class CsvReader {
 public:
  // Opens the file and reads its header. INVALID_ARGUMENT: no header, a column without a name or with another's, too
  // many of them.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(absl::string_view path, const CsvOptions& options);

  const std::vector<std::string>& header() const { return header_; }

  // The next row, one field a column, reusing `fields`; false at the end. INVALID_ARGUMENT, with the line: too many or
  // too few fields, a field or row that is too long, a quote that does not close, bytes that are not of the encoding.
  // DATA_LOSS: a damaged gzip file.
  absl::StatusOr<bool> Next(std::vector<std::string>& fields);

  int64_t row() const { return row_; }        // Of the last row: 1 is the first after the header.
  int64_t line() const { return row_line_; }  // Where that row starts: 1 is the header.
  double fraction() const { return source_->fraction(); }

 private:
  CsvReader(std::string path, std::unique_ptr<ByteSource> source, const CsvOptions& options)
      : path_(std::move(path)), source_(std::move(source)), options_(options) {}

  absl::Status ReadHeader();
  absl::StatusOr<bool> ReadRow(std::vector<std::string>& fields);
  absl::Status ReadQuoted(std::string& field);
  absl::Status ReadPlain(std::string& field);
  // The next byte without taking it; -1 at the end, or on an error, which source_status_ then holds.
  int Peek();
  void Take();
  void TakeLineEnd();
  absl::Status Decode(std::vector<std::string>& fields) const;
  absl::Status Bad(absl::string_view what) const;

  const std::string path_;
  const std::unique_ptr<ByteSource> source_;
  const CsvOptions options_;
  std::vector<std::string> header_;
  std::string buffer_;
  size_t position_ = 0;
  absl::Status source_status_;
  int64_t line_ = 1;
  int64_t row_line_ = 1;
  int64_t row_ = 0;
};

// Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view bytes);
// ISO 8859-1 bytes as UTF-8.
std::string Latin1ToUtf8(absl::string_view bytes);

}  // namespace clientele::cli
