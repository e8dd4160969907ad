// Training specs and datasets that go together.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "clientele/model/v1/training_spec.pb.h"
#include "services/training/learners/random.h"
#include "tests/common/dataset/table.h"

namespace clientele::testutil {

using model::v1::TrainingSpec;

// Customers with `spend` (a long tail), `recency`, `plan`; an auxiliary category `side`. They leave the more often the
// longer they have not bought; those who stay spend about what they did. Labels: `kChurn` 0 and 1, `kSpend` a number,
// `kTier` 0 who leaves, 1 who stays, 2 who stays and spends much.
enum class Labelled { kNone, kChurn, kSpend, kTier };

inline dataset::Dataset Customers(int rows, Labelled labelled, uint64_t seed = 1) {
  training::Random random(seed, 7);
  std::vector<float> spend, recency;
  std::vector<std::string> plan, side;
  std::vector<double> labels;
  for (int i = 0; i < rows; ++i) {
    const double u = random.Uniform(), v = random.Uniform(), w = random.Uniform();
    spend.push_back(static_cast<float>(20 / (1.05 - u)));
    recency.push_back(i % 10 == 3 ? dataset::kMissingNumber : static_cast<float>(std::floor(300 * v)));
    plan.push_back(w < 0.5 ? "basic" : w < 0.9 ? "gold" : "");
    side.push_back(i % 10 <= 6 ? "train" : "judge");
    const double log_odds = 6 * v - 3 + (plan.back() == "gold" ? -1.5 : 0);
    const bool leaves = random.Uniform() < 1 / (1 + std::exp(-2 * log_odds));
    if (labelled == Labelled::kTier) {
      labels.push_back(leaves ? 0 : spend.back() < 40 ? 1 : 2);
      continue;
    }
    labels.push_back(labelled == Labelled::kChurn ? (leaves ? 1 : 0) : leaves ? 0 : spend.back() * (0.5 + random.Uniform()));
  }
  Table table(rows);
  table.Number("spend", spend).Number("recency", recency).Category("plan", plan).Category("side", side, /*auxiliary=*/true);
  if (labelled != Labelled::kNone) table.Labels(labels);
  return table.Build();
}

inline TrainingSpec SpecOf(const std::string& model) {
  TrainingSpec spec;
  spec.set_model(model);
  for (const char* feature : {"spend", "recency", "plan"}) spec.mutable_dataset()->add_features(feature);
  spec.mutable_dataset()->add_auxiliary_features("side");
  spec.mutable_dataset()->mutable_as_of()->set_seconds(1'000'000'000);
  spec.set_seed(5);
  return spec;
}

inline TrainingSpec ChurnSpec() {
  TrainingSpec spec = SpecOf("churn");
  spec.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  spec.mutable_logistic_regression();
  return spec;
}

inline TrainingSpec TierSpec() {
  TrainingSpec spec = SpecOf("tier");
  auto& label = *spec.mutable_dataset()->mutable_label()->mutable_attribute();
  label.set_attribute("tier");
  for (const char* tier : {"gone", "small", "large"}) label.add_classes()->set_text(tier);
  spec.mutable_multinomial_regression();
  return spec;
}

inline TrainingSpec ValueSpec() {
  TrainingSpec spec = SpecOf("value");
  spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(90);
  spec.mutable_value_regression();
  return spec;
}

inline TrainingSpec SegmentSpec() {
  TrainingSpec spec = SpecOf("segments");
  spec.mutable_kmeans()->set_num_clusters(4);
  return spec;
}

}  // namespace clientele::testutil
