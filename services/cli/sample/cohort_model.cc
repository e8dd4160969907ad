#include "services/cli/sample/cohort_model.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/model/btyd/bg_bb.h"
#include "common/model/btyd/bg_nbd.h"
#include "common/model/btyd/modified_bg_nbd.h"
#include "common/model/btyd/pareto_nbd.h"

namespace clientele::cli {
namespace {

constexpr int kWeek = 7;
constexpr int kMonth = 30;

constexpr NamedParameter kBgNbd[] = {{"r", 0.243}, {"alpha", 4.414}, {"a", 0.793}, {"b", 2.426}};
constexpr NamedParameter kModifiedBgNbd[] = {{"r", 0.525}, {"alpha", 6.183}, {"a", 0.891}, {"b", 1.614}};
constexpr NamedParameter kParetoNbd[] = {{"r", 0.553}, {"alpha", 10.578}, {"s", 0.606}, {"beta", 11.669}};
constexpr NamedParameter kBgBb[] = {{"alpha", 1.204}, {"beta", 0.750}, {"gamma", 0.657}, {"delta", 2.783}};
constexpr NamedParameter kBetaGeometric[] = {{"alpha", 0.668}, {"beta", 3.806}};
constexpr NamedParameter kSpend[] = {{"p", 6.25}, {"q", 3.74}, {"gamma", 15.44}};

template <typename Model>
std::unique_ptr<const btyd::PurchaseModel> Make(absl::Span<const double> parameters) {
  return std::make_unique<Model>(parameters);
}

}  // namespace

absl::Span<const CohortModel> CohortModels() {
  static constexpr CohortModel kModels[] = {
      {"bg-nbd", "BG/NBD", kBgNbd, "CDNOW (Fader, Hardie and Lee 2005)", kWeek, false, &btyd::SimulateBgNbd,
       &Make<btyd::BgNbd>},
      {"modified-bg-nbd", "modified BG/NBD", kModifiedBgNbd, "CDNOW (Batislam, Denizel and Filiztekin 2007)", kWeek,
       false, &btyd::SimulateModifiedBgNbd, &Make<btyd::ModifiedBgNbd>},
      {"pareto-nbd", "Pareto/NBD", kParetoNbd, "CDNOW (Fader, Hardie and Lee 2005)", kWeek, false,
       &btyd::SimulateParetoNbd, &Make<btyd::ParetoNbd>},
      {"bg-bb", "BG/BB", kBgBb, "donations (Fader, Hardie and Shang 2010)", kMonth, true, &btyd::SimulateBgBb,
       &Make<btyd::BgBb>},
      {"beta-geometric", "beta-geometric", kBetaGeometric, "subscribers of high value (Fader and Hardie 2007)", kMonth,
       true, nullptr, nullptr},
  };
  return kModels;
}

absl::Span<const NamedParameter> PublishedSpend() { return kSpend; }

absl::StatusOr<std::vector<double>> ParseParameters(absl::string_view text,
                                                    absl::Span<const NamedParameter> published) {
  std::vector<double> values;
  for (const NamedParameter& parameter : published) values.push_back(parameter.value);
  for (absl::string_view assignment : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(assignment, absl::MaxSplits('=', 1));
    size_t at = 0;
    while (at < published.size() && published[at].name != absl::StripAsciiWhitespace(parts.first)) ++at;
    if (at == published.size()) {
      const auto name = [](std::string* out, const NamedParameter& parameter) { absl::StrAppend(out, parameter.name); };
      return absl::InvalidArgumentError(absl::StrCat("there is no parameter \"", parts.first, "\"; there are ",
                                                     absl::StrJoin(published, ", ", name)));
    }
    if (!absl::SimpleAtod(parts.second, &values[at]) || !std::isfinite(values[at]) || !(values[at] > 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat(parts.first, " is \"", parts.second, "\"; give a number above 0, as in ", parts.first, "=0.5"));
    }
  }
  return values;
}

}  // namespace clientele::cli
