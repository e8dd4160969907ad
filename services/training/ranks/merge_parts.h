// The parts of a dataset that ranks have read, as parts of one: what concerns all rows is the same on every rank.
//
// Each rank keeps its rows. Rank order is shard order, so that what comes is what one rank would have read, to the
// byte: categories are numbered anew by who has seen them first, purchases through time travel by days and are put into
// bins at the end. Over the network: headers and dictionaries.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// What a rank asks ingestion for instead of `spec`: purchases by days can be put together.
common::v1::DatasetSpec PartSpec(common::v1::DatasetSpec spec);

// On every rank: `part` is what came of reading PartSpec(spec). The oldest erasure epoch holds, and of each kind the
// latest retention cut. Errors: that of the first rank that could not read, on all; those of `parts`; INTERNAL where
// they do not fit together.
absl::StatusOr<dataset::Dataset> MergeParts(absl::StatusOr<dataset::Dataset> part, const common::v1::DatasetSpec& spec,
                                            dataset::Parts& parts);

}  // namespace clientele::training
