// What every backend makes of current scores alike. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"

namespace clientele::storage {

inline constexpr absl::string_view kCurrentScores = "currentScores";  // The collection, in names.

inline absl::Status CurrentScoreNotFound(const ModelCustomerName& name) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCurrentScoreNotFound,
               absl::StrCat("there is no ", FormatModelCustomer(name, kCurrentScores)));
}
inline absl::Status ResumeTokenTooOld() {
  return Error(absl::StatusCode::kOutOfRange, ErrorReason::kResumeTokenTooOld,
               "the changes after the resume token are no longer kept; list the current scores, and watch from now on");
}

// Whether `now` takes the place of `before`.
inline bool Supersedes(const inference::v1::CurrentScore& now, const inference::v1::CurrentScore& before) {
  return FromProto(now.feature_time()) > FromProto(before.feature_time());
}

// Makes `now` the one after `before`.
inline void Succeed(const inference::v1::CurrentScore& before, inference::v1::CurrentScore& now) {
  auto& previous = *now.mutable_previous();
  previous.set_score(before.score());
  previous.set_tier(before.tier());
  previous.set_segment(before.segment());
  previous.set_model_version(before.model_version());
  *previous.mutable_feature_time() = before.feature_time();
  now.set_change(now.score() - before.score());
  now.clear_percentile();
  if (before.has_percentile()) now.set_percentile(before.percentile());
}

// In another tier or segment than before, where there was one.
inline bool ChangesGroup(const inference::v1::CurrentScore& score) {
  return score.has_previous() &&
         (score.tier() != score.previous().tier() || score.segment() != score.previous().segment());
}

// Whether the journal has it.
inline bool IsChange(const inference::v1::CurrentScore& score) {
  return !score.has_previous() || ChangesGroup(score) || score.score() != score.previous().score() ||
         score.model_version() != score.previous().model_version();
}

inline bool IsOfGroups(const inference::v1::CurrentScore& score, absl::Span<const std::string> groups) {
  const auto is_of = [&](const std::string& group) { return group == score.tier() || group == score.segment(); };
  return groups.empty() || std::any_of(groups.begin(), groups.end(), is_of);
}

// Where a score stands among all of them, 0 to 100: those below, and half of its equals. `sorted` rises.
inline double PercentileOf(double score, absl::Span<const double> sorted) {
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), score);
  const auto below = static_cast<double>(first - sorted.begin()), equal = static_cast<double>(last - first);
  return 100 * (below + equal / 2) / static_cast<double>(sorted.size());
}

}  // namespace clientele::storage
