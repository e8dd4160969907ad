// Clusterings over their versions: identities, names, warm starts and who moved.
#include "services/training/algorithms/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/pipeline.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::v1::KMeansModel;
using model::v1::TrainingSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::Customers;
using testutil::Labelled;
using testutil::SegmentSpec;

struct Trained {
  TrainedModel model;
  std::shared_ptr<const model::Predictor> predictor;
  const KMeansModel& kmeans() const { return predictor->artifact().kmeans(); }
};

absl::StatusOr<Trained> TrainSegments(const dataset::Dataset& dataset, const TrainingSpec& spec,
                                      const model::Predictor* champion = nullptr) {
  Trained trained;
  CLIENTELE_ASSIGN_OR_RETURN(trained.model, TrainModel(dataset, spec, {.threads = 2, .champion = champion}));
  CLIENTELE_ASSIGN_OR_RETURN(trained.predictor, model::Predictor::Load(trained.model.artifact_bytes));
  return trained;
}

TEST(SegmentsTest, TheFirstVersionCountsItsSegmentsFromOne) {
  ASSERT_OK_AND_ASSIGN(const Trained first, TrainSegments(Customers(900, Labelled::kNone), SegmentSpec()));
  std::set<std::string> names;
  for (int c = 0; c < 4; ++c) {
    EXPECT_EQ(first.kmeans().clusters(c).identity(), c + 1);
    EXPECT_FALSE(first.kmeans().clusters(c).name().empty());
    names.insert(first.kmeans().clusters(c).name());
    const auto& profile = first.model.evaluation.clusters().profiles(c);
    EXPECT_EQ(profile.name(), first.kmeans().clusters(c).name());
    EXPECT_GT(profile.stability(), 0);
    EXPECT_FALSE(profile.rule().text().empty());
    EXPECT_GT(profile.rule().precision(), 0.3);
  }
  EXPECT_EQ(names.size(), 4u);
  EXPECT_EQ(first.model.evaluation.clusters().projection().centroids_size(), 4);
  EXPECT_GT(first.model.evaluation.clusters().calinski_harabasz(), 0);
}

TEST(SegmentsTest, TheSameJobWithItselfAsChampionGivesTheSameBytes) {
  const auto dataset = Customers(900, Labelled::kNone);
  ASSERT_OK_AND_ASSIGN(const Trained first, TrainSegments(dataset, SegmentSpec()));
  ASSERT_OK_AND_ASSIGN(const Trained again, TrainSegments(dataset, SegmentSpec(), first.predictor.get()));
  EXPECT_EQ(again.model.sha256, first.model.sha256);
}

TEST(SegmentsTest, SegmentsKeepTheirIdentityWhenTheirOrderChanges) {
  const auto dataset = Customers(900, Labelled::kNone);
  ASSERT_OK_AND_ASSIGN(const Trained first, TrainSegments(dataset, SegmentSpec()));
  // The champion has the same clusters in another order, and names somebody gave them.
  model::v1::ModelArtifact artifact = first.predictor->artifact();
  KMeansModel& champion = *artifact.mutable_kmeans();
  const int d = champion.centroids_size() / 4;
  for (int j = 0; j < d; ++j) champion.mutable_centroids()->SwapElements(j, 2 * d + j);
  champion.mutable_clusters()->SwapElements(0, 2);
  for (int c = 0; c < 4; ++c) {
    champion.mutable_clusters(c)->set_identity(10 + c);
    champion.mutable_clusters(c)->set_name(absl::StrCat("Segment ", c));
  }
  artifact.clear_golden_rows();
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Create(artifact));
  ASSERT_OK_AND_ASSIGN(const Trained again, TrainSegments(dataset, SegmentSpec(), predictor.get()));
  std::vector<int> identities;
  std::vector<std::string> names;
  for (const auto& cluster : again.kmeans().clusters()) {
    identities.push_back(cluster.identity());
    names.push_back(cluster.name());
  }
  EXPECT_THAT(identities, ElementsAre(12, 11, 10, 13));
  EXPECT_THAT(names, ElementsAre("Segment 2", "Segment 1", "Segment 0", "Segment 3"));
}

TEST(SegmentsTest, ASegmentTheChampionDoesNotHaveGetsANumberAboveAllOfIts) {
  const auto dataset = Customers(900, Labelled::kNone);
  TrainingSpec spec = SegmentSpec();
  spec.mutable_kmeans()->set_num_clusters(3);
  ASSERT_OK_AND_ASSIGN(const Trained three, TrainSegments(dataset, spec));
  spec.mutable_kmeans()->set_num_clusters(5);
  ASSERT_OK_AND_ASSIGN(const Trained five, TrainSegments(dataset, spec, three.predictor.get()));
  std::multiset<int> identities;
  std::set<std::string> names;
  for (const auto& cluster : five.kmeans().clusters()) {
    identities.insert(cluster.identity());
    names.insert(cluster.name());
  }
  EXPECT_EQ(identities, (std::multiset<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(names.size(), 5u);
}

TEST(SegmentsTest, OfOtherFeaturesNothingMatches) {
  const auto dataset = Customers(900, Labelled::kNone);
  ASSERT_OK_AND_ASSIGN(const Trained first, TrainSegments(dataset, SegmentSpec()));
  model::v1::ModelArtifact artifact = first.predictor->artifact();
  artifact.mutable_schema(0)->mutable_feature()->set_name("visits");
  artifact.mutable_preprocessing()->mutable_features(0)->set_feature("visits");
  artifact.clear_golden_rows();
  ASSERT_OK_AND_ASSIGN(const auto champion, model::Predictor::Create(artifact));
  ASSERT_OK_AND_ASSIGN(const Trained again, TrainSegments(dataset, SegmentSpec(), champion.get()));
  for (int c = 0; c < 4; ++c) EXPECT_EQ(again.kmeans().clusters(c).identity(), 5 + c);
  ASSERT_OK_AND_ASSIGN(const auto migration, MigrationOf(champion.get(), "v1", *again.predictor, dataset, 1));
  EXPECT_EQ(migration.moves_size(), 4);
  for (const auto& move : migration.moves()) EXPECT_EQ(move.from_identity(), 0);
}

TEST(SegmentsTest, TheMigrationCountsEveryCustomerAndTheirMoneyOnce) {
  auto dataset = Customers(900, Labelled::kNone);
  dataset.header.mutable_columns(0)->mutable_feature()->set_unit("base currency");
  TrainingSpec spec = SegmentSpec();
  ASSERT_OK_AND_ASSIGN(const Trained first, TrainSegments(dataset, spec));
  spec.mutable_kmeans()->set_num_clusters(6);
  ASSERT_OK_AND_ASSIGN(const Trained next, TrainSegments(dataset, spec, first.predictor.get()));
  ASSERT_OK_AND_ASSIGN(const auto migration, MigrationOf(first.predictor.get(), "tenants/t/models/m/versions/1",
                                                         *next.predictor, dataset, 2));
  EXPECT_EQ(migration.champion_version(), "tenants/t/models/m/versions/1");
  EXPECT_EQ(migration.value_feature(), "spend");
  int64_t customers = 0;
  double value = 0, expected = 0;
  for (int m = 0; m < migration.moves_size(); ++m) {
    customers += migration.moves(m).customers();
    value += migration.moves(m).value();
    EXPECT_LE(migration.moves(m).customers(), migration.moves(std::max(m - 1, 0)).customers());
    EXPECT_FALSE(migration.moves(m).from_segment().empty());
    EXPECT_FALSE(migration.moves(m).to_segment().empty());
  }
  for (const auto& shard : dataset.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) expected += shard.numbers[i * dataset.number_columns];
  }
  EXPECT_EQ(customers, 900);
  EXPECT_NEAR(value, expected, 1e-6 * expected);
  ASSERT_OK_AND_ASSIGN(const auto stayed, MigrationOf(first.predictor.get(), "v", *first.predictor, dataset, 1));
  EXPECT_EQ(stayed.moves_size(), 4);
  for (const auto& move : stayed.moves()) EXPECT_EQ(move.from_identity(), move.to_identity());
}

TEST(SegmentsTest, StartingCentroidsAreInTheFeaturesOwnUnits) {
  const auto dataset = Customers(900, Labelled::kNone);
  TrainingSpec spec = SegmentSpec();
  spec.mutable_kmeans()->set_num_clusters(2);
  spec.mutable_kmeans()->set_max_iterations(1);
  for (const double recency : {10.0, 290.0}) {
    auto* centroid = spec.mutable_kmeans()->add_starting_centroids();
    auto* coordinate = centroid->add_coordinates();
    coordinate->set_feature("recency");
    coordinate->mutable_value()->set_number(recency);
    coordinate = centroid->add_coordinates();
    coordinate->set_feature("plan");
    coordinate->mutable_value()->set_text("basic");
  }
  ASSERT_OK_AND_ASSIGN(const Trained split, TrainSegments(dataset, spec));
  // The one iteration cuts about half-way between them.
  for (int c = 0; c < 2; ++c) {
    EXPECT_THAT(split.model.evaluation.clusters().profiles(c).rule().text(), HasSubstr("ecency"));
  }
  auto* coordinate = spec.mutable_kmeans()->mutable_starting_centroids(1)->mutable_coordinates(0);
  coordinate->set_feature("recenty");
  const absl::Status unknown = TrainSegments(dataset, spec).status();
  EXPECT_EQ(FieldOf(unknown), "spec.kmeans.starting_centroids[1].coordinates.feature");
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("spend, recency, plan"));
  coordinate->set_feature("recency");
  coordinate->mutable_value()->set_text("long");
  EXPECT_EQ(FieldOf(TrainSegments(dataset, spec).status()), "spec.kmeans.starting_centroids[1].coordinates.value");
}

TEST(SegmentsTest, AWarmStartIsNeverWorseThanTheChampionOnTheSameRows) {
  const auto dataset = Customers(900, Labelled::kNone);
  TrainingSpec spec = SegmentSpec();
  spec.mutable_kmeans()->set_num_clusters(9);
  spec.mutable_kmeans()->set_restarts(40);
  ASSERT_OK_AND_ASSIGN(const Trained champion, TrainSegments(dataset, spec));
  spec.mutable_kmeans()->set_restarts(1);
  spec.mutable_kmeans()->set_warm_start(true);
  spec.set_seed(99);
  ASSERT_OK_AND_ASSIGN(const Trained warm, TrainSegments(dataset, spec, champion.predictor.get()));
  EXPECT_LE(warm.model.evaluation.clusters().inertia(), champion.model.evaluation.clusters().inertia() * (1 + 1e-12));
}

}  // namespace
}  // namespace clientele::training
