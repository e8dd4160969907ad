#include "common/storage/move/layout.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace clientele::storage {

std::vector<std::string> Layout::columns() const {
  if (codec != nullptr) return absl::StrSplit(coded_columns, ", ");
  std::vector<std::string> names;
  for (const std::vector<Field>* fields : {&key, &value}) {
    for (const Field& field : *fields) {
      const bool has_column = field.form != Form::kMark && field.form != Form::kDay && field.form != Form::kRequest;
      if (has_column) names.emplace_back(field.name);
    }
  }
  return names;
}

int Layout::tenant_column() const {
  const std::vector<std::string> names = columns();
  const auto found = std::find(names.begin(), names.end(), "tenant");
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace clientele::storage
