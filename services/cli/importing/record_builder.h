// A row of a CSV file as a record. What cannot be read is sent as it is, for the server to refuse, count and keep with
// its reason: an import drops nothing silently.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/cli/importing/mapping.h"

namespace clientele::cli {

struct RecordOptions {
  common::v1::RecordKind kind = common::v1::RECORD_KIND_UNSPECIFIED;
  std::string source;
  std::string file_key;                           // With the row number it makes the record id.
  std::string currency;                           // Where no column says it. Empty: the tenant's.
  absl::flat_hash_set<std::string> text_columns;  // Attributes that are texts though they look like numbers.
};

// Thread-compatible.
class RecordBuilder {
 public:
  using Record = ingestion::v1::Record;

  RecordBuilder(const std::vector<std::string>& header, Mapping mapping, RecordOptions options);

  // INVALID_ARGUMENT: a flag or sentiment of which no record could be made, with the row and the words allowed.
  absl::Status Build(const std::vector<std::string>& fields, int64_t row, Record& record) const;

 private:
  // Puts a text that is not empty into its field.
  using Setter = absl::Status (*)(std::string text, Record& record);
  struct Step {
    Expression expression;
    Setter setter = nullptr;  // Null: an attribute or a property, `name`.
    std::string name;
    bool as_text = false;
    bool required_amount = false;
  };
  static Setter FindSetter(absl::string_view field);

  absl::Status Apply(const Step& step, const std::vector<std::string>& fields, Record& record) const;

  const RecordOptions options_;
  std::vector<Step> steps_;
};

// "orders" for "/data/orders.csv.gz".
std::string FileKey(absl::string_view path);

}  // namespace clientele::cli
