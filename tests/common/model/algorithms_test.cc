#include "common/model/algorithms.h"

#include <gtest/gtest.h>

namespace clientele::model {
namespace {

using v1::ModelArtifact;

TEST(AlgorithmsTest, HasOneRowForEachModelOfTheArtifact) {
  const auto* models = ModelArtifact::descriptor()->FindOneofByName("model");
  ASSERT_NE(models, nullptr);
  ASSERT_EQ(static_cast<int>(Algorithms().size()), models->field_count());
  for (int i = 0; i < models->field_count(); ++i) {
    const Algorithm* algorithm = FindAlgorithm(static_cast<ModelArtifact::ModelCase>(models->field(i)->number()));
    ASSERT_NE(algorithm, nullptr) << models->field(i)->name();
    EXPECT_EQ(algorithm->name, models->field(i)->name());
    EXPECT_NE(algorithm->make, nullptr);
  }
  EXPECT_EQ(FindAlgorithm(ModelArtifact::MODEL_NOT_SET), nullptr);
}

// A spec's algorithm and the model it gives have the same name: Predictor compares them. A selection gives its winner's.
TEST(AlgorithmsTest, EverySpecButASelectionHasAModel) {
  const auto* algorithms = v1::TrainingSpec::descriptor()->FindOneofByName("algorithm");
  ASSERT_NE(algorithms, nullptr);
  EXPECT_EQ(static_cast<int>(Algorithms().size()), algorithms->field_count() - 1);
  for (const Algorithm& algorithm : Algorithms()) {
    EXPECT_NE(v1::TrainingSpec::descriptor()->FindFieldByName(std::string(algorithm.name)), nullptr)
        << algorithm.name;
    EXPECT_NE(algorithm.name, "value_selection");
  }
}

}  // namespace
}  // namespace clientele::model
