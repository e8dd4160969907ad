// Lifetime value: purchases and spend, each by maximum likelihood.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/base/stop_token.h"
#include "common/model/encoder.h"
#include "common/model/preprocessing.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// `matrix` is dense, with the columns of `encoder` over `schema`; rows are customers who have bought. Pure: the same for any
// number of threads and ranks; all ranks return it. `parameters` must be valid; `seed` is of the bootstrap, if one is asked for.
// Errors: INVALID_ARGUMENT: see FindSummary, or a covariate that is a part of the history; FAILED_PRECONDITION with
// DATA_NOT_READY: nobody has bought again, or not for money; those of FitBtyd, of `stop` and of the communicator.
absl::StatusOr<model::v1::LifetimeValueModel> TrainLifetimeValue(
    const TrainingMatrix& matrix, const model::Schema& schema, const model::RowEncoder& encoder,
    const model::v1::LifetimeValueParameters& parameters, uint64_t seed, Communicator& communicator, int threads,
    const StopToken& stop, const LearnerProgress& progress);

}  // namespace clientele::training
