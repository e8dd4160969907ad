// Where a clustering is told to start, in the columns its learner sees.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/kmeans.pb.h"
#include "common/model/encoder.h"
#include "common/model/predictor.h"
#include "common/model/preprocessing.h"

namespace clientele::training {

// The parameters' starting centroids [k x d]. A feature left out is at its imputed value; a category, missing.
// INVALID_ARGUMENT naming the field: a feature that the model does not have or that is named twice, a value of the
// wrong type.
absl::StatusOr<std::vector<double>> EncodeStartingCentroids(const model::v1::KMeansParameters& parameters,
                                                            const model::Schema& schema,
                                                            const model::RowEncoder& encoder);

// The champion's centroids [k x d], where it is a clustering over the same columns; else empty.
std::vector<double> ChampionCentroids(const model::Predictor* champion, const model::RowEncoder& encoder);

}  // namespace clientele::training
