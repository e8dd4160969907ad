// From which segment to which: a table whose cells are as deep as many moved.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/numbers.h"
#include "services/cli/page/rfm_pictures.h"

namespace clientele::cli {

using model::v1::RfmEvaluation;
using Move = RfmEvaluation::Move;

namespace {

std::string FromText(const std::string& segment) { return segment.empty() ? "(no customer yet)" : segment; }

// Segments in the evaluation's order, then others that somebody came from or went to.
std::vector<std::string> Names(const RfmEvaluation& evaluation, const std::string& (Move::*name)() const) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& one) {
    if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
  };
  for (const auto& segment : evaluation.segments()) {
    const bool moved = std::any_of(evaluation.moves().begin(), evaluation.moves().end(),
                                   [&](const Move& move) { return (move.*name)() == segment.name(); });
    if (moved) add(segment.name());
  }
  for (const Move& move : evaluation.moves()) add((move.*name)());
  return names;
}

// `row_sum`: all who were in the segment.
Markup MoveCell(const Move& move, double row_sum) {
  const double share = row_sum > 0 ? static_cast<double>(move.customers()) / row_sum : 0;
  const bool stayed = move.from_segment() == move.to_segment();
  const std::string tooltip = absl::StrCat(FromText(move.from_segment()), " to ", move.to_segment(), ": ",
                                           Counted(move.customers(), "customer"), ", ", Share(share),
                                           " of those who were there, value ", Significant(move.value()));
  return Tag("td",
             {{"class", stayed ? "heat low number" : "heat high number"},
              {"style", absl::StrFormat("--z:%.2f", share)},
              {"title", tooltip}},
             Markup::Text(FormatCount(move.customers())));
}

std::string Says(const RfmEvaluation& evaluation) {
  double all = 0, stayed = 0;
  const Move* most = nullptr;
  for (const Move& move : evaluation.moves()) {
    if (move.from_segment().empty()) continue;
    all += static_cast<double>(move.customers());
    if (move.from_segment() == move.to_segment()) {
      stayed += static_cast<double>(move.customers());
    } else if (most == nullptr || move.customers() > most->customers()) {
      most = &move;
    }
  }
  if (!(all > 0)) return "";
  const std::string says = absl::StrCat(Share(stayed / all), " of those who were customers stayed in their segment");
  if (most == nullptr) return says + ".";
  return absl::StrCat(says, "; the largest move is from \"", most->from_segment(), "\" to \"", most->to_segment(),
                      "\" (", Counted(most->customers(), "customer"), ").");
}

}  // namespace

Picture RfmMovesPicture(const RfmEvaluation& evaluation) {
  const std::vector<std::string> from = Names(evaluation, &Move::from_segment),
                                 to = Names(evaluation, &Move::to_segment);
  std::map<std::pair<std::string, std::string>, const Move*> moves;
  std::map<std::string, double> sums;
  for (const Move& move : evaluation.moves()) {
    moves[{move.from_segment(), move.to_segment()}] = &move;
    sums[move.from_segment()] += static_cast<double>(move.customers());
  }
  Markup head = TextTag("th", {{"scope", "col"}}, "From, to"), rows;
  for (const std::string& name : to) head.Add(TextTag("th", {{"scope", "col"}, {"class", "number"}}, name));
  for (const std::string& name : from) {
    Markup cells = TextTag("th", {{"scope", "row"}}, FromText(name));
    for (const std::string& other : to) {
      const auto move = moves.find({name, other});
      cells.Add(move == moves.end() ? TextTag("td", {}, "") : MoveCell(*move->second, sums[name]));
    }
    rows.Add(Tag("tr", {}, cells));
  }
  Markup table = Tag("thead", {}, Tag("tr", {}, head));
  table.Add(Tag("tbody", {}, rows));
  return {.heading = "Who moved since the previous numbers",
          .drawing = Tag("div", {{"class", "scroll"}}, Tag("table", {{"class", "heat-table"}}, table)),
          .legend = {},
          .says = Says(evaluation),
          .wide = true};
}

}  // namespace clientele::cli
