// The pictures of a lifetime value model: what customers did beside what the model expects of them, and how it sees
// them (Fader, Hardie and Lee 2005). Pure, like those of pictures.h.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/page/picture.h"

namespace clientele::cli {

// The model's unit of time, as the distributions name it: one and many.
struct TimeUnit {
  std::string one = "period";
  std::string many = "periods";
};
TimeUnit TimeUnitOf(const model::v1::LifetimeValueEvaluation& evaluation);

// Repeat purchases of all customers through time.
Picture CumulativeTrackingPicture(const model::v1::LifetimeValueEvaluation& evaluation);
Picture IncrementalTrackingPicture(const model::v1::LifetimeValueEvaluation& evaluation);

// Customers by what they did up to as_of.
Picture FrequenciesPicture(const model::v1::LifetimeValueEvaluation& evaluation);
Picture SpendPicture(const model::v1::LifetimeValueEvaluation& evaluation, absl::string_view currency);

// Purchases in the holdout by those before it.
Picture ConditionalPicture(const model::v1::LifetimeValueEvaluation& evaluation);

// A quantity over all histories of one age. `unit`: of the recencies.
Picture SurfacePicture(const model::v1::LifetimeValueEvaluation::Surface& surface, const TimeUnit& unit);

// How customers differ. `currency` takes the place of the unit "base currency".
Picture DistributionPicture(const model::v1::LifetimeValueEvaluation::Distribution& distribution,
                            absl::string_view currency);

}  // namespace clientele::cli
