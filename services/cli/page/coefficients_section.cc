#include "absl/strings/str_cat.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/strongest.h"
#include "services/cli/page/tables.h"

namespace clientele::cli {

using inference::v1::ModelVersion;
using model::v1::Coefficient;
using model::v1::SurvivalParameters;

namespace {

// What a factor multiplies.
std::string FactorOf(const ModelVersion& version) {
  if (!version.evaluation().has_survival()) return "the odds or the mean";
  const auto method = version.spec().survival().method();
  const bool of_time = method == SurvivalParameters::METHOD_WEIBULL || method == SurvivalParameters::METHOD_EXPONENTIAL;
  return of_time ? "the time until customers leave" : "the hazard of leaving";
}

}  // namespace

Markup CoefficientsSection(const ModelVersion& version) {
  constexpr size_t kMostPictures = 6;  // Of a model with many classes the tables must do.
  const Coefficients& coefficients = version.evaluation().coefficients();
  if (coefficients.empty()) return {};
  const std::vector<std::string> parts = PartsOf(coefficients);
  std::vector<Picture> pictures;
  Markup tables;
  for (const std::string& part : parts) {
    if (parts.size() <= kMostPictures) pictures.push_back(CoefficientsPicture(coefficients, part));
    const std::string summary = part.empty() ? "All coefficients" : absl::StrCat("All coefficients: ", part);
    Markup details = TextTag("summary", {}, summary);
    details.Add(ToHtml(CoefficientTable(coefficients, part)));
    tables.Add(Tag("details", {{"class", "card wide"}}, details));
  }
  Markup content = Figures(pictures);
  content.Add(tables).Add(TextTag(
      "p", {{"class", "note"}},
      absl::StrCat("Numbers are in standard deviations, so that coefficients compare. Factor: by how much one of "
                   "them multiplies ",
                   FactorOf(version),
                   ". Intervals and p-values are those of normal theory and do not know that penalties shrink "
                   "coefficients.")));
  return Section("What it looks at", content);
}

}  // namespace clientele::cli
