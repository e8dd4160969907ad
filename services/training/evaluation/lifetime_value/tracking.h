// Repeat purchases of all customers together through time, beside what the model expects of them: the plot that shows
// whether a purchase model holds (Fader, Hardie and Lee 2005, figures 2 and 3).
//
// A customer who came on day f is expected to have bought E[X(t - f)] times by the end of day t.
#pragma once

#include <vector>

#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/training/evaluation/lifetime_value/newcomers.h"

namespace clientele::training {

// One point a bin of the series, up to the end of the holdout. Cost: one expectation for every age and bin, or for every
// day where ages are whole days.
void AddTracking(const common::v1::PurchaseSeries& series, const std::vector<Newcomers>& newcomers, double days_per_unit,
                 int holdout_days, model::v1::LifetimeValueEvaluation& evaluation);

// Customers by how often they have bought again, beside P(X(age) = k) summed over them: counts 0 to 9, then all more.
void AddFrequencies(const std::vector<LifetimeRow>& rows, const std::vector<Newcomers>& newcomers,
                    model::v1::LifetimeValueEvaluation& evaluation);

}  // namespace clientele::training
