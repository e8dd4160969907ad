// How much memory a job will take, told before it starts from what is known by then: its spec, and how many rows its
// data will have at most.
//
// Notation: n rows, f columns read, d of them features, t the share of the rows that train. A row of the dataset takes
// 4 f bytes, 8 a label and its id; beside it is what the learner and the judging keep of a row, and copies of some of the
// columns that the learner sees, which are more than the features (indicators of what is missing, categories): of a few
// at a time, or of all where a learner gathers them.
#pragma once

#include <cstdint>

#include "clientele/training/v1/training_service.pb.h"

namespace clientele::training {

// How a job is spread over processes.
struct RankLayout {
  int ranks = 1;       // All of them.
  int ranks_here = 1;  // Of them, on this machine: the first is always here.
};

// Bytes on this machine of a job with at most `rows` rows, of which each rank holds its part; where the learner does
// not share the work, the first holds all of them besides. A pure function, linear in the rows above what each process
// takes empty.
int64_t EstimateJobMemory(const model::v1::TrainingSpec& spec, int64_t rows, const RankLayout& layout);

// The least that the same might take, were the estimate as wrong as it was ever seen to be.
int64_t LeastJobMemory(const model::v1::TrainingSpec& spec, int64_t rows, const RankLayout& layout);

// Whether all customers of the tenant are rows of the job, but for a few: nothing in its dataset chooses among them,
// and it looks at no time long before it was created.
bool TakesAllCustomers(const v1::TrainingJob& job);

// How many columns the job reads, labels among them.
int ColumnsOf(const model::v1::TrainingSpec& spec);

}  // namespace clientele::training
