#include "services/training/evaluation/grade.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using model::v1::Grade;

Grade::Letter LetterOf(const GradeRule& rule, const Grade& grade) {
  if (!(grade.gain_lower() > 0)) return Grade::LETTER_C;  // NaN too.
  return grade.gain() >= rule.excellent_gain ? Grade::LETTER_A : Grade::LETTER_B;
}

// "accuracy 79.7 %, the baseline (no purchase within 45 days) 73.4 %: 6.3 points more (95 % interval 4.1 to 8.6)".
std::string Explain(const Grade& grade) {
  if (std::isnan(grade.gain())) return absl::StrCat("the holdout cannot tell the ", grade.measure());
  std::string text = absl::StrFormat(
      "%s %.1f %%, the baseline (%s) %.1f %%: %.1f points %s (95 %% interval %.1f to %.1f)", grade.measure(),
      100 * grade.value(), grade.baseline(), 100 * grade.baseline_value(), 100 * std::abs(grade.gain()),
      grade.gain() < 0 ? "less" : "more", 100 * grade.gain_lower(), 100 * grade.gain_upper());
  if (grade.gain() > 0 && !(grade.gain_lower() > 0)) absl::StrAppend(&text, ", which may be chance");
  return text;
}

}  // namespace

absl::StatusOr<Grade> MakeGrade(const GradeRule& rule, int64_t rows, int threads, WeightedComparison compare,
                                dataset::Parts& parts) {
  const Comparison all = compare(std::vector<uint16_t>(rows, 1));
  const auto gain_of = [&](RowCounts counts) {
    const Comparison drawn = compare(counts);
    return drawn.model - drawn.baseline;
  };
  CLIENTELE_ASSIGN_OR_RETURN(const Interval gain, BootstrapInterval(rows, threads, gain_of, parts));
  Grade grade;
  grade.set_measure(rule.measure);
  grade.set_baseline(rule.baseline);
  grade.set_value(all.model);
  grade.set_baseline_value(all.baseline);
  grade.set_gain(all.model - all.baseline);
  grade.set_gain_lower(gain.lower);
  grade.set_gain_upper(gain.upper);
  grade.set_letter(LetterOf(rule, grade));
  grade.set_explanation(Explain(grade));
  return grade;
}

}  // namespace clientele::training
