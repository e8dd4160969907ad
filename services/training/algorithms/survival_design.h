// From the pipeline's matrix to what survival learners read, and back: which columns are covariates.
#pragma once

#include <string>
#include <vector>

#include "clientele/model/v1/survival.pb.h"
#include "common/model/encoder.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// Columns of the model that are covariates, in order: all but those of duration, event and strata.
std::vector<int> CovariateColumns(const model::RowEncoder& encoder, const model::Schema& schema,
                                  const model::v1::SurvivalParameters& parameters);

// Those columns of every row, [n x k], in row order. `matrix` is dense: it has no fields.
std::vector<double> CovariatesOf(const TrainingMatrix& matrix, const std::vector<int>& columns);

// The index of a feature in the schema; -1: it is none, or auxiliary.
int FindFeature(const model::Schema& schema, const std::string& feature);

// Copies [k] numbers of covariates to their places among d; the others are 0.
std::vector<double> Spread(const std::vector<double>& numbers, const std::vector<int>& columns, int d);

// The lower triangle of a [k + more] covariance whose first k are covariates, with those at their places among d.
std::vector<double> SpreadTriangle(const std::vector<double>& covariance, const std::vector<int>& columns, int d,
                                   int more);

}  // namespace clientele::training
