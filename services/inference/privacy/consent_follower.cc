#include "services/inference/privacy/consent_follower.h"

#include "absl/memory/memory.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

using ingestion::v1::WatchScoringConsentsResponse;

absl::Status Apply(const WatchScoringConsentsResponse::Standing& standing, privacy::OptOuts& opt_outs) {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("standing.tenant", standing.tenant()));
  const auto key = privacy::DigestKey::FromBytes(standing.digest_key());
  const auto customer = privacy::Digest::FromBytes(standing.digest());
  if (!key || !customer) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "a consent is not told as it should be");
  }
  opt_outs.Set(tenant, *key, *customer, standing.purpose(), standing.state() == ingestion::v1::CONSENT_STATE_WITHDRAWN);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConsentFollower>> ConsentFollower::Start(const Parts& parts,
                                                                        const FollowPauses& pauses) {
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(parts.followed.ForEach([&](const WatchScoringConsentsResponse::Standing& standing) {
    status = Apply(standing, parts.opt_outs);
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  return absl::WrapUnique(new ConsentFollower(parts, pauses));
}

ConsentFollower::ConsentFollower(const Parts& parts, const FollowPauses& pauses)
    : parts_(parts),
      dealt_(parts.metrics.Counter("clientele_inference_consent_changes_total",
                                   "Changes of customers' consents that were dealt with.")),
      loop_(
          "consents", [this] { return Follow(); }, [this] { parts_.source.Stop(); },
          parts.metrics.Counter("clientele_inference_consent_failures_total",
                                "Attempts to follow customers' consents that failed."),
          pauses) {}

absl::Status ConsentFollower::Follow() {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t sequence, parts_.followed.Sequence());
  absl::Status dealt;
  const absl::Status ended = parts_.source.Watch(sequence, [&](const WatchScoringConsentsResponse& changes) {
    dealt = Deal(changes);
    return dealt.ok();
  });
  return dealt.ok() ? ended : dealt;
}

absl::Status ConsentFollower::Deal(const WatchScoringConsentsResponse& changes) {
  for (const auto& standing : changes.standings()) CLIENTELE_RETURN_IF_ERROR(Apply(standing, parts_.opt_outs));
  CLIENTELE_RETURN_IF_ERROR(parts_.followed.Put(changes));
  dealt_.Increment(changes.standings_size());
  return absl::OkStatus();
}

}  // namespace clientele::inference
