#include "common/model/reasons.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/model/rfm/predictor.h"

namespace clientele::model {
namespace {

// As people write it: 212, 48.5, 0.07.
std::string Readable(double number) {
  const double size = std::abs(number);
  if (size >= 1e12 || (size < 0.005 && size > 0)) return absl::StrFormat("%.3g", number);
  char digits[32];
  const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  char* end = std::to_chars(digits, digits + sizeof(digits), number, std::chars_format::fixed, decimals).ptr;
  if (decimals > 0) {
    while (end[-1] == '0') --end;
    if (end[-1] == '.') --end;
  }
  const absl::string_view text(digits, end - digits);
  return std::string(text == "-0" ? "0" : text);
}

std::string Percent(double share) { return absl::StrCat(Readable(std::round(share * 1000) / 10), " % of customers"); }

// "212 (average 48)"
std::string DescribeNumber(const v1::FittedNumber& number, const Cell& cell) {
  if (std::isnan(cell.number) && IsMissingRaw(number.imputed_value())) return "missing";
  if (std::isnan(cell.number)) return absl::StrCat("missing (taken as ", Readable(number.imputed_value()), ")");
  return absl::StrCat(Readable(cell.number), " (average ", Readable(number.training_mean()), ")");
}

// "Month-to-month (55 % of customers)"
std::string DescribeCategory(const v1::FittedCategory& category, const Cell& cell) {
  const auto& texts = category.categories();
  if (!cell.has_category) {
    const double share = category.has_missing() ? category.shares(category.shares_size() - 1) : 0;
    return absl::StrCat("missing (", Percent(share), ")");
  }
  const std::string text(cell.category);
  const auto found = std::lower_bound(texts.begin(), texts.end(), text);
  if (found == texts.end() || *found != text) {
    return absl::StrCat(text, category.has_other() ? " (rare)" : " (not seen in training)");
  }
  return absl::StrCat(text, " (", Percent(category.shares(static_cast<int>(found - texts.begin()))), ")");
}

// "gives score 5 of 5".
std::string RfmEffect(const v1::RfmModel& model, int feature, double contribution) {
  const auto& cuts = feature == model.recency_feature()     ? model.recency_cuts()
                     : feature == model.frequency_feature() ? model.frequency_cuts()
                                                            : model.monetary_cuts();
  const int levels = cuts.size() + 1;
  return absl::StrCat("gives score ", std::lround(MiddleScore(levels) + contribution), " of ", levels);
}

// What the feature does to the score.
std::string Effect(const Predictor& predictor, const Cell& cell, int feature, double contribution) {
  if (predictor.artifact().has_rfm()) return RfmEffect(predictor.artifact().rfm(), feature, contribution);
  if (!predictor.artifact().has_kmeans()) return contribution > 0 ? "raises it" : "lowers it";
  if (predictor.encoder().IsCategory(feature) || predictor.encoder().IsMissing(feature, cell)) {
    return contribution > 0 ? "is frequent in the segment" : "is rare in the segment";
  }
  return contribution > 0 ? "is high, as in the segment" : "is low, as in the segment";
}

Reason MakeReason(const Predictor& predictor, const Cell& cell, int feature, double contribution) {
  Reason reason;
  reason.feature = feature;
  reason.contribution = contribution;
  const v1::FittedFeature& fitted = predictor.artifact().preprocessing().features(feature);
  const auto& definition = predictor.schema()[feature].feature();
  const std::string& name = definition.display_name().empty() ? definition.name() : definition.display_name();
  std::string value;
  if (fitted.has_number()) {
    const double number = std::isnan(cell.number) ? fitted.number().imputed_value() : cell.number;
    if (!IsMissingRaw(number)) reason.value.set_number(number);
    value = DescribeNumber(fitted.number(), cell);
  } else {
    if (cell.has_category) reason.value.set_text(std::string(cell.category));
    value = DescribeCategory(fitted.category(), cell);
  }
  reason.text = absl::StrCat(name, " ", value, " ", Effect(predictor, cell, feature, contribution));
  return reason;
}

}  // namespace

std::vector<Reason> ExplainInWords(const Predictor& predictor, absl::Span<const Cell> row, const Prediction& prediction,
                                   int max_reasons) {
  const std::vector<double>& contributions = prediction.contributions;
  absl::InlinedVector<int, 128> order;
  for (int f = 0; f < static_cast<int>(contributions.size()); ++f) {
    if (contributions[f] != 0) order.push_back(f);
  }
  const size_t wanted = std::min<size_t>(order.size(), std::max(max_reasons, 0));
  std::partial_sort(order.begin(), order.begin() + wanted, order.end(), [&](int a, int b) {
    const double of_a = std::abs(contributions[a]), of_b = std::abs(contributions[b]);
    return of_a != of_b ? of_a > of_b : a < b;
  });
  std::vector<Reason> reasons;
  reasons.reserve(wanted);
  for (size_t i = 0; i < wanted; ++i) {
    reasons.push_back(MakeReason(predictor, row[order[i]], order[i], contributions[order[i]]));
  }
  return reasons;
}

}  // namespace clientele::model
