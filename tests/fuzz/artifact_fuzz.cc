// Artifacts: refused as ARTIFACT_INVALID, or a predictor that scores any row with finite numbers.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/model/predictor.h"
#include "common/model/reasons.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  using fuzz::Require;
  const auto loaded = model::Predictor::Load(fuzz::Text(data, size));
  if (!loaded.ok()) {
    Require(ReasonOf(loaded.status()) == "ARTIFACT_INVALID", "a bad artifact is told as such");
    return 0;
  }
  const model::Predictor& predictor = **loaded;
  for (const double number : {0.0, 1e300, -1e300, std::numeric_limits<double>::quiet_NaN()}) {
    std::vector<model::Cell> row(predictor.schema().size(), model::Cell::Number(number));
    for (size_t f = 0; f < row.size(); ++f) {
      if (predictor.encoder().IsCategory(static_cast<int>(f)) && !std::isnan(number))
        row[f] = model::Cell::Category("gold");
    }
    const model::Prediction prediction = predictor.Predict(row, /*explain=*/true);
    Require(std::isfinite(prediction.output) && std::isfinite(prediction.fit), "a score is a number");
    for (const double p : prediction.probabilities) Require(p >= 0 && p <= 1, "a probability lies in [0, 1]");
    for (const double c : prediction.contributions) Require(std::isfinite(c), "a contribution is a number");
    Require(prediction.percentile >= 0 && prediction.percentile <= 100, "a percentile lies in [0, 100]");
    model::ExplainInWords(predictor, row, prediction, 100);
  }
  return 0;
}
