#include "services/training/readiness_survival.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/minimum_data.h"
#include "services/training/readiness_features.h"
#include "services/training/survival_columns.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::SurvivalParameters;
using v1::DataIssue;

constexpr double kEventsPerCovariate = 10;
constexpr int64_t kFewEvents = 30;

// Features of the dataset that explain how long customers stay.
int64_t CountCovariates(const Dataset& dataset, const SurvivalParameters& parameters) {
  if (parameters.method() == SurvivalParameters::METHOD_BETA_GEOMETRIC) return 0;
  const std::vector<std::string> others = NoCovariates(parameters);
  int64_t count = 0;
  for (const auto& column : dataset.header.columns()) {
    count += !column.auxiliary() && std::find(others.begin(), others.end(), column.feature().name()) == others.end();
  }
  return count;
}

void CheckEventValues(const Dataset& dataset, const SurvivalParameters& parameters, std::vector<DataIssue>& issues) {
  if (parameters.event_values().empty()) return;
  const auto& values = dataset.dictionaries[dataset.places[dataset.FindColumn(parameters.event_feature())].index];
  for (const std::string& value : parameters.event_values()) {
    if (std::find(values.begin(), values.end(), value) != values.end()) continue;
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "UNKNOWN_EVENT_VALUE", parameters.event_feature(),
                               absl::StrCat("is \"", value, "\" for no customer"),
                               "look at the spelling of event_values"));
  }
}

}  // namespace

absl::StatusOr<std::vector<DataIssue>> CheckDurations(const Dataset& dataset, const dataset::RowSelection& training,
                                                      const model::v1::TrainingSpec& spec, dataset::Parts& parts) {
  const SurvivalParameters& parameters = spec.survival();
  std::vector<DataIssue> issues;
  const auto columns = SurvivalColumns::Of(dataset, parameters);
  if (!columns.ok()) {
    issues.push_back(
        MakeIssue(DataIssue::SEVERITY_ERROR, "WRONG_TYPE", "survival", columns.status().message(),
                  "durations are numbers; events numbers, or categories with event_values; strata and groups "
                  "categories"));
    return issues;
  }
  const SurvivalTable table = columns->Read(training, "");
  int64_t counts[] = {training.count(), static_cast<int64_t>(table.durations.size()), table.events()};
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts));
  const auto [trains, rows, events] = counts;
  const int64_t dropped = trains - rows;
  if (dropped > 0) {
    issues.push_back(
        MakeIssue(rows == 0 ? DataIssue::SEVERITY_ERROR : DataIssue::SEVERITY_NOTE, "MISSING_DURATIONS",
                  parameters.duration_feature(),
                  absl::StrCat(dropped, " of ", trains,
                               " training rows do not train: no duration above 0, or not known whether ended"),
                  "look at the two features where that is unexpected"));
    if (rows == 0) return issues;
  }
  CheckEventValues(dataset, parameters, issues);
  const int64_t covariates = CountCovariates(dataset, parameters);
  if (events == 0) {
    issues.push_back(
        MakeIssue(DataIssue::SEVERITY_ERROR, "NO_EVENTS", parameters.event_feature(),
                  absl::StrCat("has ended for none of ", rows, " training rows: there is nothing to learn"),
                  "look at the event's values and event_values"));
  } else if (static_cast<double>(events) < kEventsPerCovariate * static_cast<double>(covariates) ||
             events < kFewEvents) {
    issues.push_back(MakeIssue(
        DataIssue::SEVERITY_WARNING, "FEW_EVENTS", parameters.event_feature(),
        absl::StrCat(events, " training rows have ended, for ", covariates, " features: ", kEventsPerCovariate,
                     " a feature and ", kFewEvents, " in all give a dependable model"),
        "use fewer features, set l2_penalty, or bring in more customers"));
  }
  return issues;
}

}  // namespace clientele::training
