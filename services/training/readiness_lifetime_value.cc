#include "services/training/readiness_lifetime_value.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/preprocessing.h"
#include "services/training/evaluation/lifetime_value/holdout.h"
#include "services/training/learners/lifetime_value/summary_features.h"
#include "services/training/readiness_features.h"

namespace clientele::training {
namespace {

using v1::DataIssue;

constexpr int64_t kFewestRepeaters = 100;  // Of fewer, four parameters say little.
constexpr double kMostWithoutMoney = 0.05;
constexpr double kMostCorrelation = 0.3;

struct Histories {
  int64_t repeaters = 0;
  int64_t without_money = 0;  // Of them.
  std::vector<double> frequencies, spends;  // Of the others.
};

Histories Read(const dataset::Dataset& dataset, int frequency, int monetary) {
  Histories histories;
  for (const dataset::Shard& shard : dataset.shards) {
    for (int64_t row = 0; row < shard.rows; ++row) {
      const float* numbers = shard.numbers.data() + row * dataset.number_columns;
      if (!(numbers[frequency] > 0)) continue;
      ++histories.repeaters;
      if (!(numbers[monetary] > 0)) {
        ++histories.without_money;
        continue;
      }
      histories.frequencies.push_back(numbers[frequency]);
      histories.spends.push_back(numbers[monetary]);
    }
  }
  return histories;
}

// Those of all parts.
absl::StatusOr<Histories> GatherHistories(Histories mine, dataset::Parts& parts) {
  int64_t counts[] = {mine.repeaters, mine.without_money};
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts));
  Histories all = {counts[0], counts[1], {}, {}};
  CLIENTELE_ASSIGN_OR_RETURN(all.frequencies, dataset::AllGatherRows(std::move(mine.frequencies), parts));
  CLIENTELE_ASSIGN_OR_RETURN(all.spends, dataset::AllGatherRows(std::move(mine.spends), parts));
  return all;
}

}  // namespace

absl::StatusOr<std::vector<DataIssue>> CheckPurchaseHistories(const dataset::Dataset& dataset,
                                                              const model::v1::TrainingSpec& spec,
                                                              dataset::Parts& parts) {
  std::vector<DataIssue> issues;
  const model::Schema schema = model::SchemaOf(dataset);
  const auto summary = FindSummary(spec.lifetime_value(), schema);
  if (!summary.ok()) return issues;
  const auto place = [&](int feature) {
    return dataset.places[dataset.FindColumn(schema[feature].feature().name())].index;
  };
  CLIENTELE_ASSIGN_OR_RETURN(
      const Histories histories,
      GatherHistories(Read(dataset, place(summary->frequency), place(summary->monetary)), parts));
  if (histories.repeaters == 0) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_ERROR, "NO_REPEAT_BUYERS", "dataset", "nobody has bought again",
                               "import more history, or choose a later as_of"));
    return issues;
  }
  if (histories.repeaters < kFewestRepeaters) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "FEW_REPEAT_BUYERS", "dataset",
                               absl::StrCat("only ", histories.repeaters, " customers have bought again; ", kFewestRepeaters,
                                            " or more give dependable parameters"),
                               "import more history; until then look at the intervals"));
  }
  const double without = static_cast<double>(histories.without_money) / static_cast<double>(histories.repeaters);
  if (without > kMostWithoutMoney) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "SPEND_NOT_POSITIVE", schema[summary->monetary].feature().name(),
                               absl::StrFormat("is 0 or less for %.1f%% of those who bought again (returns); they say "
                                               "nothing of spend, and get the average of all", 100 * without),
                               "look whether returns lie on the days of the purchases"));
  }
  const double correlation = Correlation(histories.frequencies, histories.spends);
  if (std::abs(correlation) > kMostCorrelation) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "FREQUENCY_AND_SPEND_GO_TOGETHER",
                               schema[summary->monetary].feature().name(),
                               absl::StrFormat("has a correlation of %.2f with how often customers buy, and the model of "
                                               "spend takes it for 0", correlation),
                               "compare with a value_regression, for example by value_selection"));
  }
  return issues;
}

}  // namespace clientele::training
