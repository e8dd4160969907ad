// Keys and values as rows, part by part, and back: what a layout's fields say (move/layout.h), done.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/storage/move/layout.h"
#include "common/storage/move/row.h"

namespace clientele::storage {

// Whether the layout's rows are under such keys, as far as its marks tell.
bool Claims(const Layout& layout, absl::string_view key);

// The row of a key that the layout claims; of a layout without codec. False where the bytes are damaged.
bool DecodeRow(const Layout& layout, absl::string_view key, absl::string_view value, Row& row);
// The inverse; appends to `key` and `value`. False where a value has not the size that its form has.
bool EncodeRow(const Layout& layout, const Row& row, std::string& key, std::string& value);

}  // namespace clientele::storage
