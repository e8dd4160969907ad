#include "services/cli/training/selection_view.h"

#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using model::v1::ValueSelection;

std::string DecisionInWords(absl::string_view decision) {
  if (decision == "customer") return "For what a customer will bring";
  if (decision == "ranking") return "For whom to look after first";
  if (decision == "total") return "For what all will bring together";
  return absl::StrCat("For the decision ", decision);
}

Table CandidateTable(const ValueSelection& selection) {
  Table table({{"name", "Candidate"},
               {"algorithm", "Kind"},
               {"mae", "MAE", Align::kRight},
               {"rmse", "RMSE", Align::kRight},
               {"normalised_gini", "Gini", Align::kRight},
               {"spearman", "Spearman", Align::kRight},
               {"total_ratio", "Predicted / actual", Align::kRight},
               {"top_decile_share", "Best tenth holds", Align::kRight}});
  for (const auto& candidate : selection.candidates()) {
    if (!candidate.failure().empty()) continue;
    const bool chosen = candidate.name() == selection.chosen();
    table.AddRow({Cell::Text(absl::StrCat(candidate.name(), chosen ? " (chosen)" : "")),
                  Cell::Text(Words(candidate.algorithm())), Cell::Number(candidate.mae(), 2),
                  Cell::Number(candidate.rmse(), 2), Cell::Number(candidate.normalised_gini(), 4),
                  Cell::Number(candidate.spearman(), 4), Cell::Number(candidate.total_ratio(), 3),
                  Cell::Percent(candidate.top_decile_share(), 1)});
  }
  return table;
}

Table FailureTable(const ValueSelection& selection) {
  Table table({{"name", "Candidate"}, {"failure", "Why"}});
  for (const auto& candidate : selection.candidates()) {
    if (!candidate.failure().empty()) table.AddRow({Cell::Text(candidate.name()), Cell::Text(candidate.failure())});
  }
  return table;
}

std::string LearntAnew(const ValueSelection& selection) {
  if (!selection.refitted()) return "";
  return absl::StrCat(
      "The ", selection.chosen(),
      " was judged by days it had not learnt from. What is published has learnt anew, with those days.");
}

void ShowSelection(const ValueSelection& selection, Console& console) {
  console.Heading("Chosen among");
  console.Print(CandidateTable(selection));
  if (const Table failures = FailureTable(selection); !failures.rows().empty()) {
    console.Heading("Could not be trained");
    console.Print(failures);
  }
  if (const std::string anew = LearntAnew(selection); !anew.empty()) console.Say(anew);
  if (selection.recommendations().empty()) return;
  Table table({{"decision", "Decision"}, {"candidate", "Best"}, {"explanation", "Why"}});
  for (const auto& recommendation : selection.recommendations()) {
    table.AddRow({Cell::Text(DecisionInWords(recommendation.decision())), Cell::Text(recommendation.candidate()),
                  Cell::Text(recommendation.explanation())});
  }
  console.Heading("By decision");
  console.Print(table);
}

}  // namespace clientele::cli
