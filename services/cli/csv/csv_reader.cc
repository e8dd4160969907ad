#include "services/cli/csv/csv_reader.h"

#include "absl/container/flat_hash_set.h"
#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace clientele::cli {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsAscii(absl::string_view bytes) {
  for (char c : bytes) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

bool IsUtf8(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(bytes[k]); };
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > bytes.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0)) return false;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90)) return false;
    i += length;
  }
  return true;
}

std::string Latin1ToUtf8(absl::string_view bytes) {
  std::string result;
  for (char c : bytes) {
    const unsigned char byte = c;
    if (byte < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xC0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return result;
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(absl::string_view path, const CsvOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auto source, ByteSource::Open(path));
  auto reader = absl::WrapUnique(new CsvReader(std::string(path), std::move(source), options));
  CLIENTELE_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

absl::Status CsvReader::Bad(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ", line ", row_line_, ": ", what));
}

absl::Status CsvReader::ReadHeader() {
  for (size_t i = 0; i < kByteOrderMark.size() && Peek() == static_cast<unsigned char>(kByteOrderMark[i]); ++i) Take();
  CLIENTELE_ASSIGN_OR_RETURN(const bool any, ReadRow(header_));
  if (!any)
    return absl::InvalidArgumentError(absl::StrCat(path_, " is empty; a header line with column names is needed"));
  absl::flat_hash_set<std::string> seen;
  for (size_t i = 0; i < header_.size(); ++i) {
    header_[i] = std::string(absl::StripAsciiWhitespace(header_[i]));
    if (header_[i].empty()) return Bad(absl::StrCat("column ", i + 1, " has no name"));
    if (!seen.insert(header_[i]).second) return Bad(absl::StrCat("two columns are named \"", header_[i], "\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CsvReader::Next(std::vector<std::string>& fields) {
  CLIENTELE_ASSIGN_OR_RETURN(const bool any, ReadRow(fields));
  if (!any) return false;
  ++row_;
  if (fields.size() != header_.size()) {
    return Bad(absl::StrCat(fields.size(), " fields, where the header has ", header_.size(), "; is the delimiter '",
                            std::string(1, options_.delimiter), "'? See --delimiter"));
  }
  return true;
}

int CsvReader::Peek() {
  if (position_ == buffer_.size()) {
    if (!source_status_.ok()) return -1;
    buffer_.resize(kReadBytes);
    const absl::StatusOr<size_t> count = source_->Read(buffer_.data(), buffer_.size());
    source_status_ = count.status();
    buffer_.resize(count.ok() ? *count : 0);
    position_ = 0;
    if (buffer_.empty()) return -1;
  }
  return static_cast<unsigned char>(buffer_[position_]);
}

void CsvReader::Take() { ++position_; }

void CsvReader::TakeLineEnd() {
  const int first = Peek();
  if (first != '\n' && first != '\r') return;
  Take();
  if (first == '\r' && Peek() == '\n') Take();
  ++line_;
}

absl::StatusOr<bool> CsvReader::ReadRow(std::vector<std::string>& fields) {
  while (Peek() == '\n' || Peek() == '\r') TakeLineEnd();
  row_line_ = line_;
  if (Peek() < 0) return source_status_.ok() ? absl::StatusOr<bool>(false) : source_status_;
  size_t bytes = 0;
  for (size_t count = 0;; ++count) {
    if (count == options_.max_columns)
      return Bad(absl::StrCat("there are more than ", options_.max_columns, " columns"));
    if (fields.size() <= count) fields.emplace_back();
    std::string& field = fields[count];
    field.clear();
    CLIENTELE_RETURN_IF_ERROR(Peek() == '"' ? ReadQuoted(field) : ReadPlain(field));
    bytes += field.size();
    if (bytes > options_.max_row_bytes)
      return Bad(absl::StrCat("a row is longer than ", options_.max_row_bytes, " bytes"));
    if (Peek() == static_cast<unsigned char>(options_.delimiter)) {
      Take();
      continue;
    }
    fields.resize(count + 1);
    break;
  }
  TakeLineEnd();
  CLIENTELE_RETURN_IF_ERROR(source_status_);
  CLIENTELE_RETURN_IF_ERROR(Decode(fields));
  return true;
}

absl::Status CsvReader::ReadPlain(std::string& field) {
  const char delimiter = options_.delimiter;
  while (Peek() >= 0) {
    size_t end = position_;
    while (end < buffer_.size() && buffer_[end] != delimiter && buffer_[end] != '\n' && buffer_[end] != '\r') ++end;
    field.append(buffer_, position_, end - position_);
    position_ = end;
    if (field.size() > options_.max_field_bytes) return Bad("a field is longer than 1 MiB");
    if (end < buffer_.size()) break;
  }
  return absl::OkStatus();
}

absl::Status CsvReader::ReadQuoted(std::string& field) {
  Take();
  for (;;) {
    const int c = Peek();
    if (c < 0) return source_status_.ok() ? Bad("a quote is opened and never closed") : source_status_;
    if (field.size() > options_.max_field_bytes) return Bad("a field is longer than 1 MiB; is a quote left open?");
    Take();
    if (c == '"') {
      if (Peek() != '"') break;
      Take();
    } else if (c == '\n') {
      ++line_;
    }
    field += static_cast<char>(c);
  }
  const int after = Peek();
  if (after >= 0 && after != static_cast<unsigned char>(options_.delimiter) && after != '\n' && after != '\r') {
    return Bad("text follows a closing quote; a quote inside a quoted field is written twice");
  }
  return absl::OkStatus();
}

absl::Status CsvReader::Decode(std::vector<std::string>& fields) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string& field = fields[i];
    if (IsAscii(field)) continue;
    if (options_.encoding == Encoding::kLatin1) {
      field = Latin1ToUtf8(field);
    } else if (!IsUtf8(field)) {
      const std::string column = i < header_.size() ? absl::StrCat("\"", header_[i], "\"") : absl::StrCat(i + 1);
      return Bad(absl::StrCat("column ", column, " is not UTF-8; if the file is Latin-1, say --encoding latin1"));
    }
  }
  return absl::OkStatus();
}

}  // namespace clientele::cli
