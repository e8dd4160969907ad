// What a store writes beside a row so that it finds it otherwise: it follows from the row, and so is not moved but
// made.
#pragma once

#include <string>
#include <vector>

#include "common/storage/move/layout.h"
#include "common/storage/move/row.h"

namespace clientele::storage {

struct IndexEntry {
  std::string family, key, value;  // In the layout's database.
};

std::vector<IndexEntry> IndexEntries(const Layout& layout, const Row& row);

}  // namespace clientele::storage
