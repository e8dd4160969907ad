// How the same rows lie in both backends: as keys and values of a family in RocksDB, as rows of a table in PostgreSQL.
// Mostly part by part, as the grammars at the top of the stores' files say:
//
//   {.name = "record_ids", .store = "records", .family = "ids",
//    .key = {{Form::kText, "tenant"}, {Form::kText, "source"}, {Form::kRest, "record_id"}},
//    .value = {{Form::kRest, "digest"}}}
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "common/storage/move/row.h"
#include "common/storage/postgresql/values.h"
#include "common/storage/record_columns.h"

namespace clientele::storage {

// A part of a key or value; numbers are big-endian where nothing else is said.
enum class Form : uint8_t {
  //                  in RocksDB                               in PostgreSQL
  kText,           // text, ended                              text or bytea
  kRest,           // all that is left                         text or bytea
  kDigest,         // 16 bytes                                 bytea
  kByte,           // u8                                       int2
  kFlag,           // u8                                       boolean
  kNumber,         // u64                                      int8
  kInverse,        // u64(~n)                                  int8
  kSigned,         // s64                                      int8
  kSmallNumber,    // u64                                      int2
  kSmallSigned,    // s64                                      int2
  kMediumSigned,   // s64                                      int4
  kDouble,         // u64(bits)                                float8
  kTime,           // s64(us)                                  timestamptz
  kLittleTime,     // fixed64(us), little-endian               timestamptz
  kInverseSecond,  // u64(~s)                                  timestamptz
  kTexts,          // u64(n) text{n}                           text[]
  kNumbers,        // s64 ...                                  int8[]
  kLateText,       // text, or nothing at the end              text or bytea
  kLateNumber,     // u64, or nothing at the end               int8
  // Without a column:
  kMark,     // these bytes, which tell rows of one family apart
  kDay,      // s64(day of the column `time`)
  kRequest,  // text; in PostgreSQL, another table has it
};

struct Field {
  Form form;
  absl::string_view name;  // Of the column; of a mark, its bytes.
};

// For rows that lie otherwise in RocksDB. False where the bytes are damaged.
struct Codec {
  using VisitRow = absl::FunctionRef<void(const Row&)>;
  bool (*decode)(absl::string_view key, absl::string_view value, VisitRow visit);  // An entry's rows.
  bool (*encode)(const Row& row, std::string& key, std::string& value);            // A row's entry.
};

// Thread-compatible.
struct Layout {
  std::string name = "";      // No other has it; that of the table, where `table` names no other.
  std::string store = "";     // "records"
  std::string database = "";  // Its directory below the program's; "": the program's own.
  std::string family = "";
  std::vector<Field> key = {}, value = {};
  const Codec* codec = nullptr;  // In place of fields of the value; `key` then has marks alone.
  std::string coded_columns = "";

  std::string table = "";
  std::string nullable = "";  // Columns in which what is empty is null.
  // Columns that follow from a row and are not compared, and their values.
  std::string also = "";
  std::function<void(const Row&, postgresql::CopyRows&)> derive = {};
  // In place of what follows from the above: how rows are read; the types of a table of the session, moving_NAME, that
  // they go into; and the statements that take them from there.
  std::string select = "", staging = "", insert = "";

  std::vector<std::string> columns() const;
  std::string table_name() const { return table.empty() ? name : table; }
  int tenant_column() const;  // -1: its rows are of no tenant.
};

// Of a program: all that it keeps, in the order in which it goes.
struct Layouts {
  std::vector<Layout> tables = {};
  // Families, and rows of them, that follow from others: they are made, not moved.
  std::vector<Layout> indices = {};
  bool has_artifacts = false;
};

Layouts IngestionLayouts(DescribeRecord describe);
Layouts CustomerKeyLayouts();  // Ingestion's, but for a database of their own.
Layouts TrainingLayouts();
Layouts InferenceLayouts();

}  // namespace clientele::storage
