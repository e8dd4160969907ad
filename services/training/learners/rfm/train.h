// Learns RFM scores: the cut points are exact quantiles (type 7) of the training rows, or fixed. Segments follow from
// the rules.
//
// Notation: n rows. Cost: O(n log n); over the network 12 n bytes, once. The rows are put in order, so that the same
// ones give the same bits for any number of threads and ranks.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/rfm.pb.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// Columns of the matrix.
struct RfmMatrixColumns {
  int recency = 0;
  int frequency = 0;
  int monetary = 0;
};

// The model but for the features' indices and the segments' identities. `parameters` have their defaults; every row has
// a purchase. FAILED_PRECONDITION with DATA_NOT_READY: there is no row. Errors of the communicator.
absl::StatusOr<model::v1::RfmModel> FitRfm(const TrainingMatrix& matrix, const RfmMatrixColumns& columns,
                                           const model::v1::RfmParameters& parameters, Communicator& communicator);

}  // namespace clientele::training
