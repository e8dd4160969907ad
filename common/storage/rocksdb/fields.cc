#include "common/storage/rocksdb/fields.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "common/storage/postgresql/values.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/score_log.h"

namespace clientele::storage {
namespace {

using postgresql::AppendBigEndian;
using postgresql::FromBigEndian;
using postgresql::kEpochMicros;

constexpr size_t kDigestSize = 16;
constexpr int64_t kMicrosPerSecond = 1'000'000;

// Takes parts off the front of a key or value, as values of a row. Each call is false where the bytes are damaged.
class Reader {
 public:
  Reader(absl::string_view bytes, Row& row) : bytes_(bytes), row_(row) {}

  bool AtEnd() const { return bytes_.empty(); }
  bool Read(const Field& field) {
    switch (field.form) {
      case Form::kText: return Text();
      case Form::kRest: return Bytes(bytes_.size());
      case Form::kDigest: return Bytes(kDigestSize);
      case Form::kByte: return Byte<int16_t>();
      case Form::kFlag: return Byte<uint8_t>();
      case Form::kNumber:
      case Form::kDouble: return Number([](uint64_t number) { return number; });
      case Form::kInverse: return Number([](uint64_t number) { return ~number; });
      case Form::kInverseSecond:
        return Number([](uint64_t number) { return static_cast<int64_t>(~number) * kMicrosPerSecond - kEpochMicros; });
      case Form::kSmallNumber: return Number([](uint64_t number) { return static_cast<int16_t>(number); });
      case Form::kSigned: return Signed([](int64_t number) { return number; });
      case Form::kSmallSigned: return Signed([](int64_t number) { return static_cast<int16_t>(number); });
      case Form::kMediumSigned: return Signed([](int64_t number) { return static_cast<int32_t>(number); });
      case Form::kTime: return Signed([](int64_t micros) { return micros - kEpochMicros; });
      case Form::kLittleTime: return LittleTime();
      case Form::kTexts: return Texts();
      case Form::kNumbers: return Numbers();
      case Form::kLateText: return AtEnd() ? Add("") : Text();
      case Form::kLateNumber: return AtEnd() ? Put(int64_t{0}) : Number([](uint64_t number) { return number; });
      case Form::kMark: return Skip(field.name.size());
      case Form::kDay: return Skip(8);
      case Form::kRequest: return SkipText();
    }
    return false;
  }

 private:
  bool Add(absl::string_view value) {
    row_.Add(value);
    return true;
  }
  template <typename T>
  bool Put(T number) {
    AppendBigEndian(number, row_.next());
    row_.Finish();
    return true;
  }
  bool Skip(size_t size) {
    if (size > bytes_.size()) return false;
    bytes_.remove_prefix(size);
    return true;
  }
  bool SkipText() {
    absl::string_view text;
    return ReadText(bytes_, scratch_, text);
  }
  bool Text() {
    absl::string_view text;
    return ReadText(bytes_, scratch_, text) && Add(text);
  }
  bool Bytes(size_t size) {
    const absl::string_view value = bytes_.substr(0, size);
    return Skip(size) && Add(value);
  }
  template <typename T>
  bool Byte() {
    uint8_t byte = 0;
    return ReadByte(bytes_, byte) && Put(static_cast<T>(byte));
  }
  template <typename Convert>
  bool Number(Convert convert) {
    uint64_t number = 0;
    return ReadUnsigned64(bytes_, number) && Put(convert(number));
  }
  template <typename Convert>
  bool Signed(Convert convert) {
    int64_t number = 0;
    return ReadSigned64(bytes_, number) && Put(convert(number));
  }
  bool LittleTime() {
    int64_t micros = 0;
    if (bytes_.size() < sizeof(micros)) return false;
    std::memcpy(&micros, bytes_.data(), sizeof(micros));
    return Skip(sizeof(micros)) && Put(micros - kEpochMicros);
  }
  bool Texts() {
    uint64_t size = 0;
    if (!ReadUnsigned64(bytes_, size)) return false;
    std::vector<postgresql::Value> texts;
    for (uint64_t i = 0; i < size; ++i) {
      absl::string_view text;
      if (!ReadText(bytes_, scratch_, text)) return false;
      texts.push_back(postgresql::Text(text));
    }
    return Add(postgresql::Array(postgresql::Type::kText, texts).bytes);
  }
  bool Numbers() {
    std::vector<postgresql::Value> numbers;
    while (!bytes_.empty()) {
      int64_t number = 0;
      if (!ReadSigned64(bytes_, number)) return false;
      numbers.push_back(postgresql::Int8(number));
    }
    return Add(postgresql::Array(postgresql::Type::kInt8, numbers).bytes);
  }

  absl::string_view bytes_;
  Row& row_;
  std::string scratch_;
};

template <typename T>
bool GetNumber(absl::string_view value, T& number) {
  if (value.size() != sizeof(T)) return false;
  number = FromBigEndian<T>(value.data());
  return true;
}

// Appends a value of a row as a part.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  bool Write(Form form, absl::string_view value) {
    switch (form) {
      case Form::kText:
      case Form::kLateText: return Text(value);
      case Form::kRest: return Bytes(value);
      case Form::kDigest: return value.size() == kDigestSize && Bytes(value);
      case Form::kByte:
        return Number<int16_t>(value, [&](int16_t byte) { AppendByte(static_cast<uint8_t>(byte), out_); });
      case Form::kFlag: return value.size() == 1 && Bytes(value);
      case Form::kNumber:
      case Form::kLateNumber:
      case Form::kDouble: return value.size() == 8 && Bytes(value);
      case Form::kInverse: return Number<uint64_t>(value, [&](uint64_t number) { AppendUnsigned64(~number, out_); });
      case Form::kInverseSecond:
        return Number<int64_t>(value, [&](int64_t micros) {
          AppendUnsigned64(~static_cast<uint64_t>((micros + kEpochMicros) / kMicrosPerSecond), out_);
        });
      case Form::kSmallNumber:
        return Number<int16_t>(value, [&](int16_t number) { AppendUnsigned64(static_cast<uint64_t>(number), out_); });
      case Form::kSigned: return Number<int64_t>(value, [&](int64_t number) { AppendSigned64(number, out_); });
      case Form::kSmallSigned: return Number<int16_t>(value, [&](int16_t number) { AppendSigned64(number, out_); });
      case Form::kMediumSigned: return Number<int32_t>(value, [&](int32_t number) { AppendSigned64(number, out_); });
      case Form::kTime: return Number<int64_t>(value, [&](int64_t time) { AppendSigned64(time + kEpochMicros, out_); });
      case Form::kLittleTime: return Number<int64_t>(value, [&](int64_t time) { AppendLittle(time + kEpochMicros); });
      case Form::kTexts: return Texts(value);
      case Form::kNumbers: return Numbers(value);
      case Form::kMark:
      case Form::kDay:
      case Form::kRequest: return false;  // They have no value.
    }
    return false;
  }

 private:
  bool Text(absl::string_view value) {
    AppendText(value, out_);
    return true;
  }
  bool Bytes(absl::string_view value) {
    out_.append(value.data(), value.size());
    return true;
  }
  template <typename T, typename Append>
  bool Number(absl::string_view value, Append append) {
    T number = 0;
    if (!GetNumber(value, number)) return false;
    append(number);
    return true;
  }
  void AppendLittle(int64_t number) { out_.append(reinterpret_cast<const char*>(&number), sizeof(number)); }
  bool Texts(absl::string_view value) {
    std::vector<absl::string_view> texts;
    if (!postgresql::ReadArray(value, texts)) return false;
    AppendUnsigned64(texts.size(), out_);
    for (const absl::string_view text : texts) AppendText(text, out_);
    return true;
  }
  bool Numbers(absl::string_view value) {
    std::vector<absl::string_view> numbers;
    if (!postgresql::ReadArray(value, numbers)) return false;
    for (const absl::string_view number : numbers) {
      if (!Write(Form::kSigned, number)) return false;
    }
    return true;
  }

  std::string& out_;
};

// The day of the row's column `time`.
bool AppendDay(const Layout& layout, const Row& row, std::string& key) {
  const std::vector<std::string> columns = layout.columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    int64_t time = 0;
    if (columns[i] != "time" || !GetNumber(row[i], time)) continue;
    AppendSigned64(DayOf(absl::FromUnixMicros(time + kEpochMicros)), key);
    return true;
  }
  return false;
}

}  // namespace

bool Claims(const Layout& layout, absl::string_view key) {
  const std::vector<Field>& fields = layout.key;
  if (fields.empty()) return true;
  if (fields[0].form == Form::kMark) return absl::StartsWith(key, fields[0].name);
  if (fields.size() == 1 || fields[1].form != Form::kMark) return true;
  std::string scratch;
  absl::string_view tenant;
  return ReadText(key, scratch, tenant) && absl::StartsWith(key, fields[1].name);
}

bool DecodeRow(const Layout& layout, absl::string_view key, absl::string_view value, Row& row) {
  for (const auto& [bytes, fields] : {std::pair(key, &layout.key), std::pair(value, &layout.value)}) {
    Reader reader(bytes, row);
    for (const Field& field : *fields) {
      if (!reader.Read(field)) return false;
    }
    if (!reader.AtEnd()) return false;
  }
  return true;
}

bool EncodeRow(const Layout& layout, const Row& row, std::string& key, std::string& value) {
  size_t next = 0;
  for (const auto& [bytes, fields] : {std::pair(&key, &layout.key), std::pair(&value, &layout.value)}) {
    Writer writer(*bytes);
    for (const Field& field : *fields) {
      if (field.form == Form::kMark) {
        bytes->append(field.name.data(), field.name.size());
      } else if (field.form == Form::kRequest) {
        AppendText("", *bytes);  // It is filled in once the requests are there.
      } else if (field.form == Form::kDay ? !AppendDay(layout, row, *bytes) : !writer.Write(field.form, row[next++])) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace clientele::storage
