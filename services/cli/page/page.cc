#include "services/cli/page/page.h"

#include "absl/strings/str_cat.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/style.h"
#include "services/cli/page/words.h"

namespace clientele::cli {

using model::v1::Evaluation;

namespace {

// Empty: none of the kind.
Markup KindSection(const ModelReport& report) {
  switch (report.version.evaluation().kind_case()) {
    case Evaluation::kClassifier: return ClassifierSection(report);
    case Evaluation::kValue: return ValueSection(report);
    case Evaluation::kClusters: return ClustersSection(report);
    case Evaluation::kClasses: return ClassesSection(report);
    case Evaluation::kRfm: return RfmSection(report);
    case Evaluation::kSurvival: return SurvivalSection(report);
    case Evaluation::KIND_NOT_SET: break;
  }
  return {};
}

Markup EvaluationSection(const ModelReport& report) {
  const Evaluation& evaluation = report.version.evaluation();
  Markup section;
  if (evaluation.has_selection()) section.Add(SelectionSection(report));
  section.Add(KindSection(report));
  if (evaluation.has_lifetime_value()) section.Add(LifetimeValueSection(report));
  return section.empty() ? TextTag("p", {{"class", "note"}}, "This version has no evaluation.") : section;
}

}  // namespace

std::string ModelPage(const ModelReport& report) {
  const inference::v1::ModelVersion& version = report.version;
  Markup head = Tag("meta", {{"charset", "utf-8"}});
  head.Add(Tag("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}));
  head.Add(TextTag("title", {}, absl::StrCat(ModelId(version), ", version ", VersionId(version))));
  head.Add(Tag("style", {}, Markup::Verbatim(PageStyle())));
  Markup body = HeadingSection(version);
  body.Add(CardSection(report.card)).Add(DataSection(version)).Add(EvaluationSection(report));
  body.Add(ComparisonSection(version.gate_decision().comparison()));
  Markup html = Tag("head", {}, head);
  html.Add(Tag("body", {}, Tag("main", {}, body)));
  return absl::StrCat("<!DOCTYPE html>\n", Tag("html", {{"lang", "en"}}, html).str(), "\n");
}

}  // namespace clientele::cli
