#include "services/inference/privacy/version_retirer.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"

namespace clientele::inference {
namespace {

constexpr absl::Duration kLead = absl::Minutes(1);
constexpr absl::Duration kPauseAfterFailure = absl::Seconds(10);
constexpr char kActor[] = "system";
constexpr char kMethod[] = "clientele.inference/RetireVersion";  // In the audit log; nobody can call it.

std::string WhyOf(const Deadline& deadline) {
  return absl::StrCat("it had learnt from a customer who was erased, and was due ",
                      absl::FormatTime("%Y-%m-%d %H:%M:%SZ", deadline.due, absl::UTCTimeZone()), " by ",
                      deadline.erasure);
}

audit::Entry EntryOf(const std::string& version, const std::string& erasure) {
  audit::Entry entry;
  entry.set_principal(kActor);
  entry.set_method(kMethod);
  entry.add_resources(version);
  entry.add_resources(erasure);
  return entry;
}

}  // namespace

VersionRetirer::VersionRetirer(const storage::FollowedErasures& followed, Registry& registry,
                               audit::AuditLog* audit_log, const Clock& clock, observability::Metrics& metrics)
    : followed_(followed),
      registry_(registry),
      audit_log_(audit_log),
      clock_(clock),
      retired_(metrics.Counter("clientele_inference_versions_retired_total",
                               "Versions that were retired when their time was over after an erasure.")),
      failures_(metrics.Counter("clientele_inference_retirement_failures_total",
                                "Versions that are due and could not be retired; they are tried again.")) {}

absl::StatusOr<absl::Time> VersionRetirer::RetireDue(const StopToken& stop) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto all, ReadDeadlines(followed_));
  absl::Time next = absl::InfiniteFuture();
  bool failed = false;
  for (const auto& [tenant, models] : all) {
    for (const auto& [id, deadlines] : models) {
      const auto model = FindModel(*registry_.Get(), tenant, id);
      if (!model.ok()) continue;
      for (const Retirement& retirement : PlanRetirements(**model, deadlines, clock_.Now() + kLead)) {
        const absl::Status retired = Retire({tenant, id}, retirement, stop);
        if (retired.ok()) continue;
        failed = true;
        failures_.Increment();
        observability::Log(observability::LogLevel::kError, "a version that is due could not be retired; trying again",
                           {{"version", FormatVersion(tenant, id, retirement.version)}, {"error", retired.message()}});
      }
      const auto after = FindModel(*registry_.Get(), tenant, id);
      if (after.ok()) next = std::min(next, NextDue(**after, deadlines) - kLead);
    }
  }
  return failed ? clock_.Now() + kPauseAfterFailure : next;
}

absl::Status VersionRetirer::Retire(const ModelName& model, const Retirement& retirement, const StopToken& stop) {
  const VersionName name{model.tenant, model.model, retirement.version};
  const std::string& chain = model.tenant.value();
  audit::Entry entry = EntryOf(FormatVersion(name.tenant, name.model, name.version), retirement.deadline.erasure);
  if (audit_log_ != nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t begun, audit_log_->Begin(chain, entry));
    entry.set_begun_number(begun);
  }
  const absl::Status retired = registry_.RetireVersion(name, retirement.successors,
                                                       {.actor = kActor, .reason = WhyOf(retirement.deadline)}, stop);
  if (audit_log_ != nullptr) {
    entry.set_code(absl::StatusCodeToString(retired.code()));
    if (!retired.ok()) entry.set_reason(ReasonOf(retired));
    audit_log_->End(chain, std::move(entry));
  }
  if (retired.ok()) retired_.Increment();
  return retired;
}

}  // namespace clientele::inference
