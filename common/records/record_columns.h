// What of a record's body stands in columns of its own, where the store has such: nothing that names a person, and no
// free text.
#pragma once

#include "absl/strings/string_view.h"
#include "common/storage/record_columns.h"

namespace clientele::records {

storage::RecordColumns ColumnsOf(absl::string_view body);

}  // namespace clientele::records
