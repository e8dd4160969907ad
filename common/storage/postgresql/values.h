// Values in PostgreSQL's binary format, on their way to the server and back. Numbers are big-endian; a time is its
// microseconds since 2000-01-01. Nothing here is text, so nothing is parsed, quoted or escaped.
//
//   connection.Execute("SELECT body FROM records WHERE tenant = $1 AND shard = $2", {Text("acme"), Int2(7)});
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::storage::postgresql {

// The types' numbers, which are the same in every database.
enum class Type : uint32_t {
  kBool = 16,
  kBytes = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat8 = 701,
  kTime = 1184,
};

template <typename T>
void AppendBigEndian(T value, std::string& bytes) {
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}
template <typename T>
T FromBigEndian(const char* bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return static_cast<T>(value);
}

// From 1970 to 2000, in microseconds.
inline constexpr int64_t kEpochMicros = 946'684'800'000'000;

// One parameter of a statement.
struct Value {
  uint32_t type;
  std::string bytes;
  bool is_null = false;
};

template <typename T>
Value Number(Type type, T value) {
  Value result{static_cast<uint32_t>(type), {}};
  AppendBigEndian(value, result.bytes);
  return result;
}
inline Value Bool(bool value) { return Number<uint8_t>(Type::kBool, value ? 1 : 0); }
inline Value Int2(int value) { return Number(Type::kInt2, static_cast<int16_t>(value)); }
inline Value Int4(int32_t value) { return Number(Type::kInt4, value); }
inline Value Int8(int64_t value) { return Number(Type::kInt8, value); }
inline Value Float8(double value) { return Number(Type::kFloat8, std::bit_cast<uint64_t>(value)); }
inline Value Time(int64_t unix_micros) { return Number(Type::kTime, unix_micros - kEpochMicros); }
inline Value Text(absl::string_view text) { return {static_cast<uint32_t>(Type::kText), std::string(text)}; }
inline Value Bytes(absl::string_view bytes) { return {static_cast<uint32_t>(Type::kBytes), std::string(bytes)}; }

// An array, whose elements must all have the type.
inline Value Array(Type type, const std::vector<Value>& elements) {
  constexpr uint32_t kArrayOf[][2] = {{16, 1000}, {17, 1001}, {20, 1016},  {21, 1005},
                                      {23, 1007}, {25, 1009}, {701, 1022}, {1184, 1185}};
  Value array{0, {}};
  for (const auto& [element, of] : kArrayOf) {
    if (element == static_cast<uint32_t>(type)) array.type = of;
  }
  AppendBigEndian<int32_t>(elements.empty() ? 0 : 1, array.bytes);  // Dimensions.
  AppendBigEndian<int32_t>(0, array.bytes);                         // None is null.
  AppendBigEndian(static_cast<uint32_t>(type), array.bytes);
  if (elements.empty()) return array;
  AppendBigEndian(static_cast<int32_t>(elements.size()), array.bytes);
  AppendBigEndian<int32_t>(1, array.bytes);  // The first one's index.
  for (const Value& element : elements) {
    AppendBigEndian(static_cast<int32_t>(element.bytes.size()), array.bytes);
    array.bytes += element.bytes;
  }
  return array;
}

// The elements of an array's bytes; false where they are damaged.
bool ReadArray(absl::string_view bytes, std::vector<absl::string_view>& elements);

// `text` as a text column can hold it: bytes that are no UTF-8, and zero bytes, become U+FFFD. For columns that people
// read; what must come back as it was is bytes.
std::string Readable(absl::string_view text);

// Rows for COPY ... FROM STDIN (FORMAT binary). Thread-compatible.
class CopyRows {
 public:
  CopyRows();

  // A row of so many values, which follow.
  void Begin(int values) { AppendBigEndian(static_cast<int16_t>(values), bytes_); }
  void Add(const Value& value) { value.is_null ? AddNull() : AddRaw(value.bytes); }
  void AddRaw(absl::string_view bytes) {
    AppendBigEndian(static_cast<int32_t>(bytes.size()), bytes_);
    bytes_.append(bytes.data(), bytes.size());
  }
  void AddNull() { AppendBigEndian<int32_t>(-1, bytes_); }
  void AddBool(bool value) { AddNumber<uint8_t>(value ? 1 : 0); }
  void AddInt2(int value) { AddNumber(static_cast<int16_t>(value)); }
  void AddInt4(int32_t value) { AddNumber(value); }
  void AddInt8(int64_t value) { AddNumber(value); }
  void AddFloat8(double value) { AddNumber(std::bit_cast<uint64_t>(value)); }
  void AddTime(int64_t unix_micros) { AddNumber(unix_micros - kEpochMicros); }

  // Ends the rows: the whole of what is sent.
  const std::string& Finish();

 private:
  template <typename T>
  void AddNumber(T value) {
    AppendBigEndian<int32_t>(sizeof(T), bytes_);
    AppendBigEndian(value, bytes_);
  }

  std::string bytes_;
};

// One row of COPY ... TO STDOUT (FORMAT binary), value by value. The views hold as long as the row's bytes.
class CopiedRow {
 public:
  explicit CopiedRow(absl::string_view values) : rest_(values) {}

  // The next value; an empty one for null. Behind the last one, and where the bytes are damaged, it is empty, too.
  absl::string_view Next() {
    if (rest_.size() < 4) return Damaged();
    const auto size = FromBigEndian<int32_t>(rest_.data());
    rest_.remove_prefix(4);
    if (size < 0) return {};
    if (static_cast<size_t>(size) > rest_.size()) return Damaged();
    const absl::string_view value = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(static_cast<size_t>(size));
    return value;
  }
  int16_t Int2() { return NextNumber<int16_t>(); }
  int64_t Int8() { return NextNumber<int64_t>(); }
  int64_t Micros() { return NextNumber<int64_t>() + kEpochMicros; }

  // Whether every value that was asked for was there.
  bool intact() const { return intact_; }

 private:
  absl::string_view Damaged() {
    intact_ = false;
    return {};
  }
  template <typename T>
  T NextNumber() {
    const absl::string_view value = Next();
    if (value.size() == sizeof(T)) return FromBigEndian<T>(value.data());
    intact_ = false;
    return 0;
  }

  absl::string_view rest_;
  bool intact_ = true;
};

}  // namespace clientele::storage::postgresql
