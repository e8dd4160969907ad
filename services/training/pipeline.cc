#include "services/training/pipeline.h"

#include <utility>

#include "common/base/status_macros.h"
#include "services/training/draft.h"
#include "services/training/selection/select.h"
#include "services/training/spec.h"
#include "services/training/split.h"

namespace clientele::training {

absl::StatusOr<TrainedModel> TrainModel(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                                        const TrainingOptions& options) {
  if (options.team == nullptr) {
    LoneTeam alone;
    TrainingOptions own = options;
    own.team = &alone;
    return TrainModel(dataset, spec, own);
  }
  CLIENTELE_RETURN_IF_ERROR(ValidateSpec(spec, "spec"));
  if (spec.has_value_selection()) return SelectValueModel(dataset, spec, options);
  CLIENTELE_ASSIGN_OR_RETURN(
      Draft draft,
      MakeDraft(
          {.learnt = dataset, .judged = dataset, .spec = spec, .split = EffectiveSplit(spec), .options = options}));
  return Finish(dataset, std::move(draft), options);
}

}  // namespace clientele::training
