// The learner by itself: the same model however its rows lie on threads and ranks.
#include "services/training/learners/lifetime_value/train.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/model/artifact.h"
#include "services/training/algorithm.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/effective_preprocessing.h"
#include "services/training/encode.h"
#include "services/training/learners/random.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/support/matrices.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::LifetimeValueModel;
using model::v1::LifetimeValueParameters;
using model::v1::TrainingSpec;
using testutil::Purchase;
using testutil::RunOnRanks;

// Customers who buy at rates of their own until they leave.
std::vector<Purchase> Shop(int customers) {
  std::vector<Purchase> purchases;
  Random random(5, 1);
  for (int i = 0; i < customers; ++i) {
    const double gap = 10 + 80 * random.Uniform(), spend = 5 + 60 * random.Uniform();
    double day = std::floor(100 * random.Uniform());
    do {
      purchases.push_back({absl::StrCat("c", 10'000 + i), absl::CivilDay(2023, 1, 1) + static_cast<int>(day),
                           spend * (0.5 + random.Uniform())});
      day += 1 - gap * std::log(1 - random.Uniform());
    } while (day < 540 && random.Uniform() > 0.1);
  }
  return purchases;
}

class LifetimeValueLearnerTest : public testing::TestWithParam<LifetimeValueParameters::PurchaseModel> {
 protected:
  void SetUp() override {
    spec_ = testutil::LifetimeValueSpec(180);
    LifetimeValueParameters& parameters = *spec_.mutable_lifetime_value();
    parameters.set_purchase_model(GetParam());
    parameters.set_bootstrap_replicates(20);
    schema_ = model::SchemaOf(dataset_);
    ASSERT_OK_AND_ASSIGN(const auto preprocessing,
                         model::FitPreprocessing(dataset_, all_, EffectivePreprocessing(spec_, schema_), 1));
    ASSERT_OK_AND_ASSIGN(auto rows, model::RowEncoder::Create(schema_, preprocessing));
    rows_.emplace(std::move(rows));
    ASSERT_OK_AND_ASSIGN(auto encoder, model::DatasetEncoder::Create(*rows_, dataset_));
    encoder_.emplace(std::move(encoder));
    matrix_ = EncodeRows(*encoder_, all_, spec_, FindAlgorithm(TrainingSpec::kLifetimeValue)->categories, 1);
  }

  absl::StatusOr<LifetimeValueModel> Train(const TrainingMatrix& matrix, Communicator& communicator,
                                           int threads) const {
    return TrainLifetimeValue(matrix, schema_, *rows_, spec_.lifetime_value(), spec_.seed(), communicator, threads,
                              StopToken(), {});
  }

  const Dataset dataset_ = testutil::PurchaseDataset(Shop(600), absl::CivilDay(2024, 1, 1), 180);
  const RowSelection all_ = RowSelection::All(dataset_);
  TrainingSpec spec_;
  model::Schema schema_;
  std::optional<model::RowEncoder> rows_;
  std::optional<model::DatasetEncoder> encoder_;
  TrainingMatrix matrix_;
};

INSTANTIATE_TEST_SUITE_P(Models, LifetimeValueLearnerTest,
                         testing::Values(LifetimeValueParameters::PURCHASE_MODEL_BG_NBD,
                                         LifetimeValueParameters::PURCHASE_MODEL_MODIFIED_BG_NBD,
                                         LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD),
                         [](const auto& test) { return LifetimeValueParameters::PurchaseModel_Name(test.param); });

TEST_P(LifetimeValueLearnerTest, GivesTheSameModelForAnyThreadsAndRanks) {
  LocalCommunicator local;
  ASSERT_OK_AND_ASSIGN(const LifetimeValueModel expected, Train(matrix_, local, 1));
  EXPECT_GT(expected.purchases().rows(), 500);
  EXPECT_GT(expected.purchases().parameters(0).bootstrap_upper(), 0);
  for (const int threads : {2, 5}) {
    ASSERT_OK_AND_ASSIGN(const LifetimeValueModel model, Train(matrix_, local, threads));
    EXPECT_EQ(model.SerializeAsString(), expected.SerializeAsString()) << threads;
  }
  for (const int ranks : {1, 2, 5}) {
    const auto models = RunOnRanks<LifetimeValueModel>(
        matrix_, ranks,
        [&](const TrainingMatrix& part, Communicator& communicator) { return Train(part, communicator, 1); });
    for (const auto& model : models) {
      ASSERT_OK(model);
      EXPECT_EQ(model->SerializeAsString(), expected.SerializeAsString()) << ranks;
    }
  }
}

}  // namespace
}  // namespace clientele::training
