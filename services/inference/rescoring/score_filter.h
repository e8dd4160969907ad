// Which changes of current scores a watcher is told. Pure.
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "common/base/ids.h"

namespace clientele::inference {

// An immutable value.
class ScoreFilter {
 public:
  // INVALID_ARGUMENT naming the field: too many of something, another tenant's model, a change below 0.
  static absl::StatusOr<ScoreFilter> Of(const TenantId& tenant, const v1::WatchScoresRequest& request);

  bool Passes(absl::string_view model, const v1::CurrentScore& score) const;

 private:
  // Whether it came into one of the groups, out of another or of none.
  bool Enters(const v1::CurrentScore& score) const;

  absl::flat_hash_set<std::string> models_, groups_, customers_;  // Of sets that are empty, all pass.
  double min_change_ = 0;
};

}  // namespace clientele::inference
