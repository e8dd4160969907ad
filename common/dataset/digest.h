// What a dataset is known by, whoever holds its rows.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::dataset {

// SHA-256 in hex over the columns, the SHA-256 of every shard and the purchase series. That of a shard is over ids,
// values (category texts, not codes) and labels, in row order. `threads` changes the speed alone. The same on every
// part.
absl::StatusOr<std::string> DigestOf(const Dataset& dataset, int threads, Parts& parts);

// SHA-256 in hex of one shard's rows; their ids must be there.
std::string DigestOfShard(const Dataset& dataset, const Shard& shard);

}  // namespace clientele::dataset
