#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/timestamps.h"
#include "common/text/model_words.h"
#include "common/text/numbers.h"
#include "common/text/values.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/words.h"
#include "services/cli/training/evaluation_view.h"

namespace clientele::cli {

using inference::v1::ModelVersion;
using model::v1::GateDecision;
using model::v1::Grade;

namespace {

struct LetterWords {
  absl::string_view letter;
  absl::string_view meaning;
};

LetterWords WordsOf(Grade::Letter letter) {
  switch (letter) {
    case Grade::LETTER_A: return {"A", "Much better than the simple rule, beyond chance."};
    case Grade::LETTER_B: return {"B", "Better than the simple rule, beyond chance."};
    case Grade::LETTER_C: return {"C", "Not shown to be better than the simple rule."};
    default: return {};
  }
}

Markup GradeCard(const Grade& grade) {
  const LetterWords words = WordsOf(grade.letter());
  if (words.letter.empty()) return {};
  Markup text = TextTag("h2", {}, absl::StrCat("Grade ", words.letter));
  text.Add(TextTag("p", {{"class", "lead"}}, words.meaning)).Add(TextTag("p", {}, Sentence(grade.explanation())));
  Markup card =
      TextTag("div", {{"class", absl::StrCat("letter ", words.letter)}, {"aria-hidden", "true"}}, words.letter);
  return Tag("section", {{"class", "card verdict"}}, card.Add(Tag("div", {}, text)));
}

Markup GateCard(const GateDecision& decision) {
  const std::string decided = DecisionText(decision);
  if (decided.empty()) return {};
  Markup checks;
  for (const auto& check : decision.checks()) {
    const std::string why = check.explanation().empty() ? absl::StrCat(check.metric(), " ", Significant(check.value()))
                                                        : check.explanation();
    Markup item = TextTag("b", {{"class", check.passed() ? "passed" : "failed"}}, check.passed() ? "Passed" : "Failed");
    checks.Add(Tag("li", {}, item.Add(Markup::Text(absl::StrCat(": ", Sentence(why))))));
  }
  Markup card = TextTag("h2", {}, "Gate");
  card.Add(TextTag("p", {{"class", "lead"}}, Sentence(decided)));
  if (!checks.empty()) card.Add(Tag("ul", {{"class", "checks"}}, checks));
  return Tag("section", {{"class", "card"}}, card);
}

}  // namespace

Markup HeadingSection(const ModelVersion& version) {
  const std::string& display_name = version.spec().display_name();
  Markup chips;
  for (const std::string& alias : version.aliases()) chips.Add(TextTag("span", {{"class", "chip"}}, alias));
  Markup title = TextTag("h1", {}, display_name.empty() ? ModelId(version) : display_name);
  title.Add(
      Tag("p", {{"class", "lead"}},
          Markup::Text(absl::StrCat("Model ", ModelId(version), ", version ", VersionId(version), " ")).Add(chips)));
  title.Add(Facts({{"Algorithm", AlgorithmInWords(version.spec())},
                   {"Published", version.has_create_time() ? FormatDateTime(FromProto(version.create_time())) + " UTC"
                                                           : std::string()},
                   {"State", version.state_reason()},
                   {"SHA-256", version.sha256()}}));
  Markup cards = GradeCard(version.evaluation().grade());
  cards.Add(GateCard(version.gate_decision()));
  Markup heading = Tag("header", {}, title);
  if (!cards.empty()) heading.Add(Tag("div", {{"class", "grid"}}, cards));
  return heading;
}

}  // namespace clientele::cli
