#include "services/inference/privacy/due_versions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {

absl::StatusOr<std::vector<v1::DueVersion>> DueVersions(const storage::FollowedErasures& followed,
                                                        const TenantId& tenant) {
  std::map<std::string, v1::DueVersion> by_name;
  CLIENTELE_RETURN_IF_ERROR(followed.ForEach([&](const storage::FollowedErasure& erasure) {
    if (erasure.tenant != tenant) return true;
    for (const auto& version : erasure.report.model_versions()) {
      if (version.state() != ingestion::v1::ErasedVersion::STATE_DUE_BY) continue;
      v1::DueVersion& due = by_name[version.model_version()];
      due.set_model_version(version.model_version());
      if (due.erasures() == 0 || FromProto(version.due_time()) < FromProto(due.due_time())) {
        *due.mutable_due_time() = version.due_time();
      }
      due.set_erasures(due.erasures() + 1);
    }
    return true;
  }));
  std::vector<v1::DueVersion> versions;
  for (auto& [name, due] : by_name) versions.push_back(std::move(due));
  std::stable_sort(versions.begin(), versions.end(), [](const v1::DueVersion& a, const v1::DueVersion& b) {
    return FromProto(a.due_time()) < FromProto(b.due_time());
  });
  return versions;
}

}  // namespace clientele::inference
