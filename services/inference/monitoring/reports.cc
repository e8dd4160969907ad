#include "services/inference/monitoring/reports.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/dataset/label_window.h"
#include "common/text/model_words.h"
#include "services/inference/monitoring/customer_sample.h"
#include "services/inference/monitoring/drift_report.h"
#include "services/inference/monitoring/drift_watch.h"
#include "services/inference/monitoring/outcome_report.h"
#include "services/inference/monitoring/shadow_report.h"

namespace clientele::inference {
namespace {

using common::v1::Label;
using storage::LoggedScore;
using storage::ShadowPair;

constexpr int kDefaultRows = 20;
constexpr int kMostRows = 1'000;
constexpr size_t kMostEntries = 500'000;  // In memory for one report, about 150 bytes each.

struct Window {
  absl::Time from, until;
};

template <typename Request>
absl::StatusOr<Window> WindowOf(const Request& request, absl::Time now) {
  const Window window{request.has_start_time() ? FromProto(request.start_time()) : absl::InfinitePast(),
                      request.has_end_time() ? FromProto(request.end_time()) : now};
  if (window.from < window.until) return window;
  return InvalidField("end_time", "is not after start_time");
}

// How long after a score its label is known; 0: the label has no window.
absl::Duration WindowOf(const Label& label) { return absl::Hours(24) * dataset::LabelWindowDays(label); }

const Label& LabelOf(const Version& version) { return version.metadata.spec().dataset().label(); }

// Whether outcomes are of the same kind as the version's scores: yes or no for probabilities, amounts for values.
bool CanBeJudged(const Version& version) {
  if (version.metadata.algorithm() == v1::ALGORITHM_LOGISTIC_REGRESSION) return true;
  if (version.metadata.algorithm() == v1::ALGORITHM_VALUE_REGRESSION) return true;
  return version.metadata.algorithm() == v1::ALGORITHM_LIFETIME_VALUE && LabelOf(version).has_spend_within();
}

// The versions that learn the same label as the champion, and are judged together.
absl::StatusOr<JudgedModel> JudgedVersions(const ModelName& name, const Model& model, const Version& champion,
                                           std::set<int64_t>& versions) {
  if (LabelOf(champion).kind_case() == Label::KIND_NOT_SET || !CanBeJudged(champion)) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady,
                 absl::StrCat(champion.metadata.name(), " learns no label that is yes or no, or an amount: outcomes "
                                                        "cannot say how good its scores are"));
  }
  JudgedModel judged{name, champion.metadata.algorithm() == v1::ALGORITHM_LOGISTIC_REGRESSION, {}, ""};
  const std::string label = LabelOf(champion).SerializeAsString();
  for (const auto& [number, version] : model.versions) {
    const bool is_classifier = version->metadata.algorithm() == v1::ALGORITHM_LOGISTIC_REGRESSION;
    if (!CanBeJudged(*version) || is_classifier != judged.is_classifier) continue;
    if (LabelOf(*version).SerializeAsString() != label) continue;
    versions.insert(number);
    if (is_classifier) judged.trained_auc[number] = version->metadata.evaluation().classifier().auc();
  }
  return judged;
}

// The arm of the traffic as it is that leads to the champion; "" where none does: customers that no arm had then.
std::string ChampionArm(const Model& model, int64_t champion) {
  if (model.traffic == nullptr) return "";
  for (const TrafficArm& arm : model.traffic->arms) {
    if (arm.target.alias == kChampion || (arm.target.alias.empty() && arm.target.version == champion)) return arm.id;
  }
  return "";
}

}  // namespace

absl::StatusOr<v1::ShadowReport> Reports::Shadow(const v1::GetShadowReportRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const Window window, WindowOf(request, clock_.Now()));
  if (request.max_rows() < 0 || request.max_rows() > kMostRows) {
    return InvalidField("max_rows", absl::StrCat(request.max_rows(), " is not 0 to ", kMostRows));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*registry_.Get(), name.tenant, name.model));
  CustomerSample<ShadowPair> sample(kMostEntries);
  CLIENTELE_RETURN_IF_ERROR(log_.ForEachPair(name.tenant, name.model, window.from, window.until,
                                             [&sample](const ShadowPair& pair) {
                                               sample.Add(pair);
                                               return true;
                                             }));
  const v1::Algorithm algorithm = model->versions.empty() ? v1::ALGORITHM_UNSPECIFIED
                                                          : model->versions.rbegin()->second->metadata.algorithm();
  const bool is_value = algorithm == v1::ALGORITHM_VALUE_REGRESSION || algorithm == v1::ALGORITHM_LIFETIME_VALUE ||
                        algorithm == v1::ALGORITHM_SURVIVAL;
  v1::ShadowReport report =
      MakeShadowReport(name, sample.Take(), is_value ? Agreement::kByTenth : Agreement::kByDecision,
                       request.max_rows() == 0 ? kDefaultRows : request.max_rows());
  report.set_dropped(shadow_.dropped(name));
  return report;
}

absl::StatusOr<v1::OutcomeReport> Reports::Outcomes(const rpc::Call& call,
                                                    const v1::GetOutcomeReportRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("name", request.name()));
  const absl::Time now = clock_.Now();
  CLIENTELE_ASSIGN_OR_RETURN(const Window window, WindowOf(request, now));
  const auto catalogue = registry_.Get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*catalogue, name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution champion,
                             Resolve(*catalogue, {name.tenant, name.model, std::string(kChampion), 0, true}));
  std::set<int64_t> versions;
  CLIENTELE_ASSIGN_OR_RETURN(JudgedModel judged, JudgedVersions(name, *model, *champion.version, versions));
  judged.champion_arm = ChampionArm(*model, champion.version->number);
  CustomerSample<LoggedScore> sample(kMostEntries);
  CLIENTELE_RETURN_IF_ERROR(log_.ForEachScore(name.tenant, name.model, window.from, window.until,
                                              [&](const LoggedScore& score) {
                                                if (versions.count(score.version) > 0) sample.Add(score);
                                                return true;
                                              }));
  const Label& label = LabelOf(*champion.version);
  const std::vector<LoggedScore> scores = OnePerWindow(sample.Take(), WindowOf(label));
  std::vector<JudgedScore> asked;
  std::vector<CustomerInstant> instants;
  int64_t pending = 0;
  for (const LoggedScore& score : scores) {
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    if (score.time + WindowOf(label) > now) {
      ++pending;
      continue;
    }
    const absl::StatusOr<std::string> customer = log_.FindCustomer(name.tenant, score.pseudonym);
    if (absl::IsNotFound(customer.status())) continue;  // Forgotten: nobody can say what became of them.
    CLIENTELE_RETURN_IF_ERROR(customer.status());
    asked.push_back({score.version, score.arm, score.score, 0, score.decision != 0});
    instants.push_back({*customer, score.time});
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto labels, labels_.Labels(name.tenant, label, instants, call));
  std::vector<JudgedScore> known;
  for (size_t i = 0; i < asked.size(); ++i) {
    if (!labels[i].has_value()) continue;
    asked[i].outcome = *labels[i];
    known.push_back(std::move(asked[i]));
  }
  v1::OutcomeReport report = MakeOutcomeReport(judged, known);
  report.set_label(LabelInWords(label));
  report.set_scores(static_cast<int64_t>(scores.size()));
  report.set_pending(pending);
  return report;
}

absl::StatusOr<v1::DriftReport> Reports::Drift(const v1::GetDriftReportRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const Window window, WindowOf(request, clock_.Now()));
  const double rate = request.false_discovery_rate();
  if (!(rate >= 0 && rate < 1)) return InvalidField("false_discovery_rate", absl::StrCat(rate, " is not in [0, 1)"));
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*registry_.Get(), reference));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*found.version));
  const DriftBins bins(found.version->model->predictor().artifact());
  CLIENTELE_ASSIGN_OR_RETURN(const auto days,
                             log_.ReadCounts(reference.tenant, reference.model, found.version->number,
                                             storage::DayOf(window.from), storage::DayOf(window.until)));
  v1::DriftReport report =
      MakeDriftReport(bins, SumOfDays(days, bins.size()), rate == 0 ? kDefaultFalseDiscoveryRate : rate);
  report.set_model_version(found.version->metadata.name());
  if (days.empty()) return report;
  *report.mutable_start_time() = ToProto(absl::UnixEpoch() + absl::Hours(24) * days.front().day);
  *report.mutable_end_time() = ToProto(absl::UnixEpoch() + absl::Hours(24) * (days.back().day + 1));
  return report;
}

}  // namespace clientele::inference
