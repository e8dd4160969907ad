// Recency by frequency: where the customers are, and where the money is.
#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/rfm_pictures.h"

namespace clientele::cli {

using model::v1::RfmEvaluation;

namespace {

constexpr int kMostScores = 10;  // Of one kind; what is beyond is no score.

struct Square {
  double customers = 0;
  double value = 0;
};

// By recency and frequency; monetary scores together.
class Grid {
 public:
  explicit Grid(const RfmEvaluation& evaluation)
      : recency_(std::min(evaluation.recency_counts_size(), kMostScores)),
        frequency_(std::min(evaluation.frequency_counts_size(), kMostScores)) {
    for (const auto& cell : evaluation.cells()) {
      if (cell.recency() < 1 || cell.recency() > recency_ || cell.frequency() < 1 || cell.frequency() > frequency_)
        continue;
      Square& square = squares_[{cell.recency(), cell.frequency()}];
      square.customers += static_cast<double>(cell.customers());
      square.value += std::isfinite(cell.value()) ? cell.value() : 0;
      customers_ += static_cast<double>(cell.customers());
      value_ += std::isfinite(cell.value()) ? cell.value() : 0;
    }
  }

  int recency() const { return recency_; }
  int frequency() const { return frequency_; }
  const auto& squares() const { return squares_; }
  double CustomerShare(const Square& square) const { return customers_ > 0 ? square.customers / customers_ : 0; }
  double ValueShare(const Square& square) const { return value_ > 0 ? std::clamp(square.value / value_, 0.0, 1.0) : 0; }

 private:
  int recency_ = 0;
  int frequency_ = 0;
  std::map<std::pair<int, int>, Square> squares_;
  double customers_ = 0;
  double value_ = 0;
};

std::vector<std::string> Scores(int count, bool falling) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(absl::StrCat(falling ? count + 1 - i : i));
  return names;
}

std::string Says(const Grid& grid, absl::string_view what, double (Grid::*share)(const Square&) const) {
  double most = 0;
  std::pair<int, int> where;
  for (const auto& [scores, square] : grid.squares()) {
    if ((grid.*share)(square) <= most) continue;
    most = (grid.*share)(square);
    where = scores;
  }
  if (most == 0) return "";
  return absl::StrCat("the largest part of the ", what, ", ", Share(most), ", is at recency score ", where.first,
                      " and frequency score ", where.second, "; the highest score is the best.");
}

Picture Draw(const RfmEvaluation& evaluation, absl::string_view heading, absl::string_view what,
             double (Grid::*share)(const Square&) const, absl::string_view color) {
  const Grid grid(evaluation);
  Chart chart(Axis::Names("Frequency score", Scores(grid.frequency(), false)),
              Axis::Names(absl::StrCat("Recency score (cells: share of the ", what, ")"), Scores(grid.recency(), true)),
              300);
  double deepest = 0;
  for (const auto& [scores, square] : grid.squares()) deepest = std::max(deepest, (grid.*share)(square));
  for (const auto& [scores, square] : grid.squares()) {
    const double part = (grid.*share)(square);
    const double x = scores.second - 1, y = grid.recency() - scores.first;
    const std::string tooltip =
        absl::StrCat("recency ", scores.first, ", frequency ", scores.second, ": ",
                     FormatCount(std::llround(square.customers)), " customers (", Share(grid.CustomerShare(square)),
                     "), value ", Significant(square.value), " (", Share(grid.ValueShare(square)), ")");
    chart.Box({x, y}, {x + 1, y + 1}, absl::StrCat("cell ", color), tooltip,
              deepest > 0 ? 0.06 + 0.6 * part / deepest : 0.06);
    chart.Label({x + 0.5, y + 0.5}, FormatPercent(part, part < 0.1 ? 1 : 0), Anchor::kMiddle, {0, 4}, "in-cell");
  }
  const std::string says = Says(grid, what, share);
  return {.heading = std::string(heading), .drawing = chart.Svg(heading, says), .legend = {}, .says = says};
}

}  // namespace

Picture RfmCustomersPicture(const RfmEvaluation& evaluation) {
  return Draw(evaluation, "Where the customers are", "customers", &Grid::CustomerShare, "c0");
}

Picture RfmValuePicture(const RfmEvaluation& evaluation) {
  return Draw(evaluation, "Where the value is", "value", &Grid::ValueShare, "c1");
}

}  // namespace clientele::cli
