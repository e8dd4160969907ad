// Which feature of a dataset says what its customers are worth: spend_total, else the first in the base currency.
#pragma once

#include <cstdint>

#include "common/dataset/dataset.h"

namespace clientele::training {

// Its column of the header; -1: there is none.
int ValueColumn(const dataset::Dataset& dataset);

// A row's; 0 where it is missing, or `column` is -1.
double ValueOf(const dataset::Dataset& dataset, int column, int shard, int64_t row);

}  // namespace clientele::training
