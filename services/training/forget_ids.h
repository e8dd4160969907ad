// A job's dataset without its customers' ids: nothing but what they are for is kept of them.
#pragma once

#include "absl/status/status.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// Keeps what the dataset is known by and which rows `split` trains on (see dataset::IdTraces), and gives the ids'
// memory back: 4 bytes and the id's own a row, against 1. Afterwards TrainingRows knows no other split by hash, and
// CollectRows nothing. Errors of TrainingRows, and then nothing has changed. `threads` changes the speed alone.
absl::Status ForgetIds(const model::v1::Split& split, int threads, dataset::Dataset& dataset);

}  // namespace clientele::training
