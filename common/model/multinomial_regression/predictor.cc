#include "common/model/multinomial_regression/predictor.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/linear_kernel.h"

namespace clientele::model {
namespace {

absl::Status CheckClasses(const v1::MultinomialRegressionModel& message) {
  if (message.classes_size() < 2 || message.classes_size() > kMostClasses) {
    return InvalidArtifact(absl::StrCat("it has ", message.classes_size(), " classes and not 2 to ", kMostClasses));
  }
  std::set<absl::string_view> names;
  for (const auto& one : message.classes()) {
    if (!names.insert(one.name()).second) return InvalidArtifact("two classes have the same name");
    if (!(one.training_share() >= 0 && one.training_share() <= 1)) {
      return InvalidArtifact(absl::StrCat("a class's training share is ", one.training_share()));
    }
  }
  return absl::OkStatus();
}

// Fits to probabilities, in place.
void Softmax(std::vector<double>& values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) value -= largest;
  ExpEach(absl::MakeSpan(values));
  for (const double value : values) sum += value;
  for (double& value : values) value /= sum;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Predictor>> MultinomialRegressionPredictor::Make(v1::ModelArtifact artifact,
                                                                                      RowEncoder encoder) {
  const v1::MultinomialRegressionModel& message = artifact.multinomial_regression();
  CLIENTELE_RETURN_IF_ERROR(CheckClasses(message));
  std::vector<LinearModel> classes;
  for (const auto& one : message.classes()) {
    CLIENTELE_ASSIGN_OR_RETURN(LinearModel model, LinearModel::Create(one, encoder));
    classes.push_back(std::move(model));
  }
  return std::shared_ptr<const Predictor>(
      new MultinomialRegressionPredictor(std::move(artifact), std::move(encoder), std::move(classes)));
}

void MultinomialRegressionPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  prediction.probabilities.resize(classes_.size());
  for (size_t c = 0; c < classes_.size(); ++c) prediction.probabilities[c] = classes_[c].Fit(columns);
  SetFromFits(prediction);
}

void MultinomialRegressionPredictor::ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                                               absl::Span<Prediction> predictions) const {
  const size_t n = predictions.size(), k = classes_.size();
  double* const fits = Workspace::Room(workspace.fits, k * n);
  for (size_t c = 0; c < k; ++c) classes_[c].Fits(rows, absl::MakeSpan(fits + c * n, n));
  for (size_t r = 0; r < n; ++r) {
    predictions[r].probabilities.resize(k);
    for (size_t c = 0; c < k; ++c) predictions[r].probabilities[c] = fits[c * n + r];
    SetFromFits(predictions[r]);
  }
}

void MultinomialRegressionPredictor::SetFromFits(Prediction& prediction) const {
  std::vector<double>& probabilities = prediction.probabilities;
  const auto best = std::max_element(probabilities.begin(), probabilities.end());
  prediction.predicted_class = static_cast<int>(best - probabilities.begin());
  prediction.fit = *best;
  prediction.baseline = classes_[prediction.predicted_class].baseline();
  Softmax(probabilities);
  prediction.output = *best;
}

void MultinomialRegressionPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                             Prediction& prediction) const {
  classes_[prediction.predicted_class].Explain(encoder(), columns, absl::MakeSpan(prediction.contributions));
}

}  // namespace clientele::model
