#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using model::v1::MulticlassEvaluation;

namespace {

constexpr size_t kMostWithNumbers = 8;  // Classes; with more, the numbers would not fit.

double RowSum(const ConfusionMatrix& matrix, size_t row) {
  const size_t k = matrix.classes.size();
  double sum = 0;
  for (size_t column = 0; column < k; ++column) sum += matrix.rows[row * k + column];
  return sum;
}

std::string Says(const ConfusionMatrix& matrix) {
  const size_t k = matrix.classes.size();
  double all = 0, right = 0, most = 0;
  size_t from = 0, to = 0;
  for (size_t i = 0; i < k * k; ++i) {
    all += matrix.rows[i];
    if (i / k == i % k) {
      right += matrix.rows[i];
    } else if (matrix.rows[i] > most) {
      most = matrix.rows[i];
      from = i / k;
      to = i % k;
    }
  }
  if (!(all > 0)) return "";
  const std::string calls = absl::StrCat(Share(right / all), " of the calls are right, those on the diagonal");
  if (most == 0) return calls + ".";
  return absl::StrCat(calls, "; the most frequent mistake is to take \"", matrix.classes[from], "\" for \"",
                      matrix.classes[to], "\" (", FormatCount(std::llround(most)), " times).");
}

void DrawCell(const ConfusionMatrix& matrix, size_t row, size_t column, Chart& chart) {
  const size_t k = matrix.classes.size();
  const double rows = matrix.rows[row * k + column];
  if (!(rows > 0)) return;
  const double share = rows / RowSum(matrix, row);
  const double x = static_cast<double>(column), y = static_cast<double>(row);
  const std::string count = FormatCount(std::llround(rows));
  chart.Box({x, y}, {x + 1, y + 1}, row == column ? "cell c0" : "cell c1",
            absl::StrCat(matrix.classes[row], " called ", matrix.classes[column], ": ", count, " (", Share(share), ")"),
            0.06 + 0.6 * share);
  if (k > kMostWithNumbers) return;
  const bool roomy = k <= 5;
  chart.Label({x + 0.5, y + 0.5}, FormatPercent(share, k <= 3 ? 1 : 0), Anchor::kMiddle, {0, roomy ? -2.0 : 4.0},
              "in-cell");
  if (roomy) chart.Label({x + 0.5, y + 0.5}, count, Anchor::kMiddle, {0, 14}, "in-cell");
}

}  // namespace

ConfusionMatrix ConfusionOf(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  const auto& confusion = evaluation.confusion();
  constexpr absl::string_view kEvident = "customers who ";
  ConfusionMatrix matrix{{std::string(absl::StripPrefix(names.positives, kEvident)),
                          std::string(absl::StripPrefix(names.negatives, kEvident))},
                         {}};
  for (int64_t rows : {confusion.true_positives(), confusion.false_negatives(), confusion.false_positives(),
                       confusion.true_negatives()}) {
    matrix.rows.push_back(static_cast<double>(rows));
  }
  return matrix;
}

ConfusionMatrix ConfusionOf(const MulticlassEvaluation& evaluation) {
  ConfusionMatrix matrix;
  for (const auto& a_class : evaluation.classes()) matrix.classes.push_back(a_class.name());
  matrix.rows.assign(evaluation.confusion().begin(), evaluation.confusion().end());
  matrix.rows.resize(matrix.classes.size() * matrix.classes.size());
  return matrix;
}

Picture ConfusionPicture(const ConfusionMatrix& matrix) {
  const size_t k = matrix.classes.size();
  Chart chart(Axis::Names("Called", matrix.classes), Axis::Names("Truly (cells: share of the row)", matrix.classes),
              std::clamp(90.0 * static_cast<double>(k), 120.0, 340.0));
  for (size_t row = 0; row < k; ++row) {
    for (size_t column = 0; column < k; ++column) DrawCell(matrix, row, column, chart);
  }
  const std::string says = Says(matrix);
  return {.heading = "What was called what (confusion matrix)",
          .drawing = chart.Svg("Confusion matrix", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
