#include "services/inference/quality/quality_reports.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

constexpr int kDefaultQuarters = 8;
constexpr int kMostQuarters = 40;

}  // namespace

absl::StatusOr<v1::QualityHistory> QualityReports::Get(const rpc::Call& call,
                                                       const v1::GetQualityHistoryRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("name", request.name()));
  if (request.quarters() < 0 || request.quarters() > kMostQuarters) {
    return InvalidField("quarters", absl::StrCat(request.quarters(), " is not 0 to ", kMostQuarters));
  }
  QualityFacts facts;
  CLIENTELE_ASSIGN_OR_RETURN(facts.versions, ReadVersions(name));
  CLIENTELE_ASSIGN_OR_RETURN(const v1::QualityTarget target, CompleteTarget(request.target(), facts.versions));
  std::string zone_name = request.time_zone();
  if (zone_name.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(zone_name, time_zones_.TimeZone(name.tenant, call));
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(zone_name, &zone)) {
    return InvalidField("time_zone", absl::StrCat("\"", zone_name, "\" is no time zone that this machine knows"));
  }
  auto journal = registry_.ReadAliasJournal({name.tenant, name.model, std::string(kChampion)});
  if (!journal.ok() && !absl::IsNotFound(journal.status())) return journal.status();
  if (journal.ok()) facts.champion = *std::move(journal);
  facts.now = clock_.Now();
  if (!facts.versions.empty()) {
    // The clocks of replicas may differ by a little.
    const absl::Time first = std::min(FromProto(facts.versions.begin()->second.create_time()), facts.now);
    facts.quarters =
        QuartersBetween(first, facts.now, zone, request.quarters() == 0 ? kDefaultQuarters : request.quarters());
  }
  if (!request.skip_outcomes()) {
    CLIENTELE_ASSIGN_OR_RETURN(facts.outcomes, ReadOutcomes(call, request.name(), facts.quarters));
  }
  v1::QualityHistory history = MakeQualityHistory(facts, target);
  history.set_name(request.name());
  history.set_time_zone(zone_name);
  return history;
}

absl::StatusOr<std::map<int64_t, v1::ModelVersion>> QualityReports::ReadVersions(const ModelName& name) const {
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*registry_.Get(), name.tenant, name.model));
  std::map<int64_t, v1::ModelVersion> versions;
  for (int64_t number = 1; number <= model->last_version; ++number) {
    auto version = registry_.Describe({name.tenant, name.model, number});
    if (absl::IsNotFound(version.status())) continue;
    CLIENTELE_RETURN_IF_ERROR(version.status());
    versions.emplace(number, *std::move(version));
  }
  return versions;
}

absl::StatusOr<std::vector<v1::OutcomeReport>> QualityReports::ReadOutcomes(
    const rpc::Call& call, const std::string& model, const std::vector<Quarter>& quarters) const {
  std::vector<v1::OutcomeReport> outcomes;
  for (const Quarter& quarter : quarters) {
    v1::GetOutcomeReportRequest request;
    request.set_name(model);
    *request.mutable_start_time() = ToProto(quarter.start);
    *request.mutable_end_time() = ToProto(quarter.end);
    auto report = reports_.Outcomes(call, request);
    // It has no champion, or learns nothing that outcomes could judge.
    if (absl::IsFailedPrecondition(report.status()) || absl::IsNotFound(report.status())) {
      return std::vector<v1::OutcomeReport>();
    }
    CLIENTELE_RETURN_IF_ERROR(report.status());
    outcomes.push_back(*std::move(report));
  }
  return outcomes;
}

}  // namespace clientele::inference
