#include "services/training/selection/candidates.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/lifetime_value/parameters.h"
#include "services/training/learners/value_regression/parameters.h"

namespace clientele::training {

using model::v1::LifetimeValueParameters;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using model::v1::ValueSelectionParameters;
using Candidate = ValueSelectionParameters::Candidate;
using Candidates = google::protobuf::RepeatedPtrField<Candidate>;

namespace {

constexpr int kMostCandidates = 20;
constexpr size_t kLongestName = 100;
constexpr double kCutQuantile = 0.005;

std::string NameOf(const LifetimeValueParameters& parameters) {
  switch (parameters.purchase_model()) {
    case LifetimeValueParameters::PURCHASE_MODEL_MODIFIED_BG_NBD: return "modified BG/NBD lifetime value";
    case LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD: return "Pareto/NBD lifetime value";
    case LifetimeValueParameters::PURCHASE_MODEL_BG_BB: return "BG/BB lifetime value";
    default: return "BG/NBD lifetime value";
  }
}

std::string NameOf(const ValueRegressionParameters& parameters) {
  switch (parameters.family()) {
    case ValueRegressionParameters::FAMILY_GAUSSIAN: return "Gaussian log-link regression";
    case ValueRegressionParameters::FAMILY_POISSON: return "Poisson regression";
    case ValueRegressionParameters::FAMILY_GAMMA: return "Gamma regression";
    case ValueRegressionParameters::FAMILY_TWEEDIE: return "Tweedie regression";
    case ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL: return "zero-inflated lognormal regression";
    case ValueRegressionParameters::FAMILY_HURDLE_GAMMA: return "hurdle-Gamma regression";
    default: return "least-squares regression";
  }
}

std::string NameOf(const Candidate& candidate) {
  if (!candidate.name().empty()) return candidate.name();
  return candidate.has_lifetime_value() ? NameOf(candidate.lifetime_value()) : NameOf(candidate.value_regression());
}

Candidates DefaultCandidates() {
  Candidates candidates;
  for (const auto model :
       {LifetimeValueParameters::PURCHASE_MODEL_BG_NBD, LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD}) {
    candidates.Add()->mutable_lifetime_value()->set_purchase_model(model);
  }
  for (const auto family :
       {ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL, ValueRegressionParameters::FAMILY_TWEEDIE,
        ValueRegressionParameters::FAMILY_HURDLE_GAMMA}) {
    candidates.Add()->mutable_value_regression()->set_family(family);
  }
  return candidates;
}

Candidates AskedOrDefault(const ValueSelectionParameters& parameters) {
  return parameters.candidates().empty() ? DefaultCandidates() : parameters.candidates();
}

// Customers are older when a model is judged, and served, than those who taught it, and some spend a hundred times as
// much as most; an exponential of what is that far out runs away. So numbers are logarithms and cut, unless the spec
// says otherwise.
void CalmFeatures(model::v1::PreprocessingSpec& preprocessing) {
  model::v1::FeaturePreprocessing& defaults = *preprocessing.mutable_defaults();
  if (!defaults.has_log1p()) defaults.set_log1p(true);
  if (!defaults.has_winsorise_quantile()) defaults.set_winsorise_quantile(kCutQuantile);
}

absl::Status ValidateCandidate(const Candidate& candidate, const common::v1::DatasetSpec& dataset,
                               const std::string& field) {
  if (candidate.name().size() > kLongestName) {
    return InvalidField(field + ".name", absl::StrCat("is longer than ", kLongestName, " bytes"));
  }
  switch (candidate.parameters_case()) {
    case Candidate::kLifetimeValue:
      return ValidateLifetimeValue(candidate.lifetime_value(), dataset, field + ".lifetime_value");
    case Candidate::kValueRegression:
      return ValidateValueRegression(candidate.value_regression(), field + ".value_regression");
    case Candidate::PARAMETERS_NOT_SET: break;
  }
  return InvalidField(field + ".parameters", "is missing; give one of lifetime_value, value_regression");
}

}  // namespace

absl::Status ValidateValueSelection(const ValueSelectionParameters& parameters, const common::v1::DatasetSpec& dataset,
                                    absl::string_view field) {
  if (!ValueSelectionParameters::Decision_IsValid(parameters.decision())) {
    return InvalidField(absl::StrCat(field, ".decision"),
                        "is not DECISION_CUSTOMER, DECISION_RANKING or DECISION_TOTAL");
  }
  if (parameters.candidates_size() > kMostCandidates) {
    return InvalidField(absl::StrCat(field, ".candidates"),
                        absl::StrCat("are ", parameters.candidates_size(), "; allowed: at most ", kMostCandidates));
  }
  const Candidates candidates = AskedOrDefault(parameters);
  std::set<std::string> names;
  for (int i = 0; i < candidates.size(); ++i) {
    const std::string here = absl::StrCat(field, ".candidates[", i, "]");
    CLIENTELE_RETURN_IF_ERROR(ValidateCandidate(candidates[i], dataset, here));
    const std::string name = NameOf(candidates[i]);
    if (!names.insert(name).second) {
      return InvalidField(here + ".name", absl::StrCat("\"", name, "\" is another candidate's too; give each its own"));
    }
  }
  return absl::OkStatus();
}

std::vector<ValueCandidate> CandidatesOf(const TrainingSpec& spec) {
  std::vector<ValueCandidate> candidates;
  for (const Candidate& candidate : AskedOrDefault(spec.value_selection())) {
    ValueCandidate& one = candidates.emplace_back(ValueCandidate{NameOf(candidate), spec});
    if (candidate.has_lifetime_value()) {
      *one.spec.mutable_lifetime_value() = candidate.lifetime_value();
    } else {
      *one.spec.mutable_value_regression() = candidate.value_regression();
      if (model::HasLogLink(candidate.value_regression().family())) CalmFeatures(*one.spec.mutable_preprocessing());
    }
  }
  return candidates;
}

ValueSelectionParameters::Decision DecisionOf(const ValueSelectionParameters& parameters) {
  return parameters.decision() == ValueSelectionParameters::DECISION_UNSPECIFIED
             ? ValueSelectionParameters::DECISION_CUSTOMER
             : parameters.decision();
}

}  // namespace clientele::training
