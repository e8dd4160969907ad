#include "services/training/comparison/movement.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/statistics/correlation.h"
#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

constexpr int kTenths = 10;

// [n]: 0 for the highest.
std::vector<int> TenthsOf(absl::Span<const double> scores) {
  const std::vector<int64_t> order = statistics::OrderByScore(scores);
  const auto n = static_cast<int64_t>(order.size());
  std::vector<int> tenths(scores.size());
  for (int tenth = 0; tenth < kTenths; ++tenth) {
    for (int64_t at = statistics::DecileBegin(n, tenth); at < statistics::DecileBegin(n, tenth + 1); ++at) {
      tenths[order[at]] = tenth;
    }
  }
  return tenths;
}

}  // namespace

model::v1::ScoreMovement MovementOf(absl::Span<const double> champion, absl::Span<const double> model,
                                    absl::Span<const double> values) {
  const std::vector<int> before = TenthsOf(champion), after = TenthsOf(model);
  std::vector<int64_t> moves(kTenths * kTenths);
  int64_t moved = 0, far_moved = 0;
  double up = 0, down = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    ++moves[before[i] * kTenths + after[i]];
    const int steps = after[i] - before[i];
    if (steps == 0) continue;
    ++moved;
    far_moved += std::abs(steps) >= 2;
    if (!values.empty()) (steps < 0 ? up : down) += values[i];
  }
  const double n = static_cast<double>(before.size());
  model::v1::ScoreMovement movement;
  movement.set_moved_share(static_cast<double>(moved) / n);
  movement.set_far_moved_share(static_cast<double>(far_moved) / n);
  movement.mutable_moves()->Add(moves.begin(), moves.end());
  movement.set_value_moved_up(up);
  movement.set_value_moved_down(down);
  movement.set_rank_correlation(statistics::RankCorrelation(champion, model));
  return movement;
}

double DecisionChangedShare(absl::Span<const double> champion, double champion_threshold,
                            absl::Span<const double> model, double threshold) {
  int64_t changed = 0;
  for (size_t i = 0; i < model.size(); ++i) changed += (champion[i] >= champion_threshold) != (model[i] >= threshold);
  return static_cast<double>(changed) / static_cast<double>(model.size());
}

}  // namespace clientele::training
