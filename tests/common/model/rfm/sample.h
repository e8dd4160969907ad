// A small RFM model with everything an artifact has.
#pragma once

#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/selection.h"
#include "common/model/artifact.h"
#include "common/model/raw_feature.h"
#include "common/model/rfm/presets.h"
#include "tests/common/dataset/table.h"

namespace clientele::testutil {

// The classic eleven over recency_days (cut at 30, 60, 90, 120), purchases (1, 2, 3, 4) and spend_total (100 to 400).
inline model::v1::ModelArtifact SampleRfm() {
  const dataset::Dataset dataset = Table(4)
                                       .Number("recency_days", {10, 70, 100, 400})
                                       .Number("purchases", {9, 2, 3, 1})
                                       .Number("spend_total", {900, 150, 320, 20})
                                       .Build();
  model::v1::ModelArtifact artifact;
  artifact.set_format_version(model::kFormatVersion);
  *artifact.mutable_schema() = model::SchemaOf(dataset);
  model::v1::PreprocessingSpec raw;
  raw.mutable_defaults()->set_imputation(model::v1::FeaturePreprocessing::IMPUTATION_CONSTANT);
  raw.mutable_defaults()->set_constant(model::kMissingRaw);
  raw.mutable_defaults()->set_scaling(model::v1::FeaturePreprocessing::SCALING_NONE);
  const auto all = dataset::RowSelection::All(dataset);
  *artifact.mutable_preprocessing() = *model::FitPreprocessing(dataset, all, raw, 1);
  auto& model = *artifact.mutable_rfm();
  model.set_frequency_feature(1);
  model.set_monetary_feature(2);
  for (int i = 1; i <= 4; ++i) {
    model.add_recency_cuts(30 * i);
    model.add_frequency_cuts(i);
    model.add_monetary_cuts(100 * i);
  }
  const model::RfmPreset preset = model::PresetOf(model::v1::RfmParameters::PRESET_CLASSIC_ELEVEN);
  *model.mutable_rules() = preset.rules;
  *model.mutable_segments() = model::SegmentsOf(preset.rules, "Other", preset.other_action);
  for (int s = 0; s < model.segments_size(); ++s) model.mutable_segments(s)->set_identity(s + 1);
  EXPECT_TRUE(model::CompleteArtifact(dataset, all, 1, artifact).ok());
  return artifact;
}

}  // namespace clientele::testutil
