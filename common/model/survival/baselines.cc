#include "common/model/survival/baselines.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace clientele::model {

std::vector<int> ColumnBaselines(const v1::ModelArtifact& artifact, const RowEncoder& encoder) {
  const v1::SurvivalModel& model = artifact.survival();
  std::vector<int> baselines;
  if (!model.has_strata_feature()) return baselines;
  const int feature = model.strata_feature();
  const std::string prefix = absl::StrCat(artifact.schema(feature).feature().name(), "=");
  for (int j = encoder.first_column(feature); j < encoder.first_column(feature + 1); ++j) {
    int found = 0;
    for (int b = 1; b < model.baselines_size(); ++b) {
      if (encoder.columns()[j].name == absl::StrCat(prefix, model.baselines(b).stratum())) found = b;
    }
    baselines.push_back(found);
  }
  return baselines;
}

}  // namespace clientele::model
