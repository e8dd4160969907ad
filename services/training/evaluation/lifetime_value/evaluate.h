// A lifetime value model beside what customers did: all of LifetimeValueEvaluation.
#pragma once

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/model/encoder.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "services/training/evaluation/lifetime_value/holdout.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

// `rows` are those of the encoder's dataset. Pure. Cost: O(n log n), and some ten thousand forecasts.
model::v1::LifetimeValueEvaluation EvaluateLifetimeValue(const model::v1::LifetimeValueModel& message,
                                                         const model::LifetimeModel& model,
                                                         const model::DatasetEncoder& encoder, const LifetimeRows& rows,
                                                         const Holdout& holdout);

}  // namespace clientele::training
