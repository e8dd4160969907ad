// A dataset that ranks have read in parts, whole on the first rank.
//
// Each rank reads the shards it owns; the first one needs all rows as well, to look at the data, to fit the
// preprocessing and to judge. Rank order is shard order, so that what comes is what one rank would have read, to the
// byte: categories are numbered anew by who has seen them first, purchases through time travel by days and are put into
// bins at the end. Cost: the other ranks' rows over the network once, and all rows in the first rank's memory, (4 (p +
// c) + 8 l + id) bytes each of p numbers, c categories and l labels; one shard at a time is there twice.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/dataset/dataset.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// What a rank asks ingestion for instead of `spec`: purchases by days can be put together.
common::v1::DatasetSpec PartSpec(common::v1::DatasetSpec spec);

// On the first rank: `part`, which it has read by PartSpec(spec), and what the others hand in. The oldest erasure epoch
// holds, and of each kind the latest retention cut. Errors: those of the communicator; INTERNAL where the parts do not
// fit together.
absl::StatusOr<dataset::Dataset> CollectDataset(dataset::Dataset part, const common::v1::DatasetSpec& spec,
                                                Communicator& communicator);

// On another rank.
absl::Status HandInDataset(const dataset::Dataset& part, Communicator& communicator);

}  // namespace clientele::training
