#include "services/inference/privacy/due_versions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;
using v1::DueVersion;

bool IsListed(const ErasedVersion& version) {
  return version.state() == ErasedVersion::STATE_DUE_BY || version.state() == ErasedVersion::STATE_RETIRED;
}

// What another erasure asks of the version; it is replaced where it is for the sake of all of them.
void Merge(const ErasedVersion& version, DueVersion& due) {
  if (due.erasures() == 0 || FromProto(version.due_time()) < FromProto(due.due_time())) {
    *due.mutable_due_time() = version.due_time();
  }
  if (due.erasures() == 0 || version.retrained_version().empty()) due.set_replacement(version.retrained_version());
  due.set_erasures(due.erasures() + 1);
  due.set_state(version.state() == ErasedVersion::STATE_RETIRED ? DueVersion::STATE_RETIRED : DueVersion::STATE_DUE);
}

}  // namespace

absl::StatusOr<std::vector<DueVersion>> DueVersions(const storage::FollowedErasures& followed, const TenantId& tenant,
                                                    bool show_replaced) {
  std::map<std::string, DueVersion> by_name;
  CLIENTELE_RETURN_IF_ERROR(followed.ForEach([&](const storage::FollowedErasure& erasure) {
    if (erasure.tenant != tenant) return true;
    for (const ErasedVersion& version : erasure.report.model_versions()) {
      if (!IsListed(version)) continue;
      DueVersion& due = by_name[version.model_version()];
      due.set_model_version(version.model_version());
      Merge(version, due);
    }
    return true;
  }));
  std::vector<DueVersion> versions;
  for (auto& [name, due] : by_name) {
    if (show_replaced || due.replacement().empty()) versions.push_back(std::move(due));
  }
  std::stable_sort(versions.begin(), versions.end(), [](const DueVersion& a, const DueVersion& b) {
    return FromProto(a.due_time()) < FromProto(b.due_time());
  });
  return versions;
}

}  // namespace clientele::inference
