#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/sections.h"
#include "services/cli/training/card_view.h"

namespace clientele::cli {

using model::v1::ModelCard;
using Limit = ModelCard::Limit;

namespace {

absl::string_view ClassOf(Limit::Severity severity) { return severity == Limit::SEVERITY_NOTE ? "" : "failed"; }

Markup LimitsCard(const ModelCard& card) {
  Markup content = TextTag("h3", {}, "Know before you trust it");
  if (card.limits().empty()) content.Add(TextTag("p", {}, "No limit was found."));
  Markup list;
  for (const Limit& limit : card.limits()) {
    Markup item = TextTag("b", {{"class", ClassOf(limit.severity())}}, Sentence(SeverityText(limit.severity())));
    list.Add(Tag("li", {}, item.Add(Markup::Text(absl::StrCat(" ", limit.text())))));
  }
  if (!list.empty()) content.Add(Tag("ul", {{"class", "checks"}}, list));
  return Tag("section", {{"class", "card"}}, content);
}

}  // namespace

Markup CardSection(const ModelCard& card) {
  if (card.summary().empty() && card.limits().empty()) return {};
  Markup cards = LimitsCard(card);
  const bool weighed = std::any_of(card.features().begin(), card.features().end(),
                                   [](const auto& feature) { return feature.importance() > 0; });
  if (weighed) cards.Add(Figure(ImportancePicture(card)));
  Markup content = TextTag("p", {{"class", "lead"}}, card.summary());
  return Section("In short", content.Add(Tag("div", {{"class", "grid"}}, cards)));
}

}  // namespace clientele::cli
