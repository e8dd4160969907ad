// From a training matrix to what the likelihoods read: purchase histories and spends of the customers of all ranks.
//
// Customers with the same history are one row with their weights added: a few thousand rows stand for millions of customers.
// Where covariates tell customers apart each is a row of its own.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/model/lifetime_value/customer.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/btyd/likelihood.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// n rows by rising first number; of histories x, t_x and T, of spends x and the mean spend (`third` is empty).
struct FitRows {
  std::vector<double> first, second, third;
  std::vector<double> weights;
  std::vector<double> covariates;  // [n x columns that were asked for], row-major.

  btyd::LikelihoodRows rows() const { return {first, second, third}; }
};

// The histories of all ranks, the same on each; `covariates` are dense columns of the matrix. Errors of the communicator.
absl::StatusOr<FitRows> GatherHistories(const TrainingMatrix& matrix, const model::HistoryColumns& columns,
                                        absl::Span<const int> covariates, Communicator& communicator, int threads);

// The mean spends above 0 of those who bought again.
absl::StatusOr<FitRows> GatherSpends(const TrainingMatrix& matrix, const model::HistoryColumns& columns,
                                     absl::Span<const int> covariates, Communicator& communicator, int threads);

}  // namespace clientele::training
