#include "services/inference/overrides/override_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/overrides/override_name.h"

namespace clientele::inference {
namespace {

using storage::OverrideName;
using v1::ScoreOverride;
using v1::ScoreOverrideChange;

constexpr size_t kMostSegmentBytes = 256, kMostTierBytes = 64, kMostReasonBytes = 1024;
constexpr absl::Duration kLongest = absl::Hours(366 * 24);

absl::Status CheckSize(absl::string_view field, absl::string_view text, size_t most) {
  return text.size() <= most ? absl::OkStatus() : InvalidField(field, absl::StrCat("has more than ", most, " bytes"));
}

absl::Status NotFound(const OverrideName& name) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kOverrideNotFound,
               absl::StrCat("there is no ", FormatOverride(name)));
}

}  // namespace

absl::Status ValidateOverride(absl::string_view field, const ScoreOverride& wanted, absl::Time now) {
  if (!wanted.has_value() && wanted.segment().empty() && wanted.tier().empty()) {
    return InvalidField(field, "decides nothing: set a value, a segment or a tier");
  }
  if (!std::isfinite(wanted.value())) return InvalidField(absl::StrCat(field, ".value"), "is not a finite number");
  CLIENTELE_RETURN_IF_ERROR(CheckSize(absl::StrCat(field, ".segment"), wanted.segment(), kMostSegmentBytes));
  CLIENTELE_RETURN_IF_ERROR(CheckSize(absl::StrCat(field, ".tier"), wanted.tier(), kMostTierBytes));
  if (wanted.reason().empty()) return InvalidField(absl::StrCat(field, ".reason"), "is required: say why");
  CLIENTELE_RETURN_IF_ERROR(CheckSize(absl::StrCat(field, ".reason"), wanted.reason(), kMostReasonBytes));
  const std::string expire_time = absl::StrCat(field, ".expire_time");
  if (!wanted.has_expire_time()) return InvalidField(expire_time, "is required: say until when");
  const absl::Time expires = FromProto(wanted.expire_time());
  if (expires <= now) return InvalidField(expire_time, "is not in the future");
  if (expires > now + kLongest) return InvalidField(expire_time, "is more than 366 days from now");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OverrideBook>> OverrideBook::Open(storage::OverrideStore& store,
                                                                 const Suppressions& suppressions, const Clock& clock) {
  auto book = absl::WrapUnique(new OverrideBook(store, suppressions, clock));
  absl::MutexLock lock(&book->changing_);
  CLIENTELE_RETURN_IF_ERROR(book->ReadAll());
  return book;
}

absl::Status OverrideBook::ReadAll() {
  CLIENTELE_ASSIGN_OR_RETURN(changes_, store_.Changes());  // First: what changes meanwhile is read again.
  absl::flat_hash_map<TenantId, OfTenant> standing;
  CLIENTELE_RETURN_IF_ERROR(store_.ForEach([&](const OverrideName& name, const ScoreOverride& stands) {
    standing[name.tenant][name.model][name.customer_id] = std::make_shared<const ScoreOverride>(stands);
  }));
  absl::MutexLock lock(&mutex_);
  if (!standing.empty()) any_.store(true, std::memory_order_release);
  standing_ = std::move(standing);
  return absl::OkStatus();
}

absl::Status OverrideBook::CatchUp() {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t changes, store_.Changes());
  absl::MutexLock lock(&changing_);
  return changes == changes_ ? absl::OkStatus() : ReadAll();
}

std::shared_ptr<const ScoreOverride> OverrideBook::Stands(const TenantId& tenant, absl::string_view model,
                                                          absl::string_view customer_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto of_tenant = standing_.find(tenant);
  if (of_tenant == standing_.end()) return nullptr;
  const auto of_model = of_tenant->second.find(model);
  if (of_model == of_tenant->second.end()) return nullptr;
  const auto found = of_model->second.find(customer_id);
  return found == of_model->second.end() ? nullptr : found->second;
}

void OverrideBook::Find(const TenantId& tenant, absl::string_view model, absl::string_view customer_id,
                        v1::Score& score) const {
  const auto stands = Stands(tenant, model, customer_id);
  if (stands == nullptr || FromProto(stands->expire_time()) <= clock_.Now()) return;
  *score.mutable_score_override() = *stands;
}

void OverrideBook::Put(const OverrideName& name, const ScoreOverride& stands) {
  absl::MutexLock lock(&mutex_);
  standing_[name.tenant][name.model][name.customer_id] = std::make_shared<const ScoreOverride>(stands);
  any_.store(true, std::memory_order_release);
}

absl::StatusOr<ScoreOverrideChange> OverrideBook::NextChange(const OverrideName& name, absl::string_view etag,
                                                             absl::string_view actor) const {
  const auto stands = Stands(name.tenant, name.model, name.customer_id);
  if (!etag.empty() && (stands == nullptr || stands->etag() != etag)) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 "the override has changed since the etag was read; read it again");
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto last, store_.ReadJournal(name, /*before=*/0, /*most=*/1));
  const absl::Time now = clock_.Now();
  ScoreOverrideChange change;
  change.set_revision(last.empty() ? 1 : last.front().revision() + 1);
  ScoreOverride& next = *change.mutable_score_override();
  next.set_name(FormatOverride(name));
  next.set_actor(actor.data(), actor.size());
  // A clock that went back does not take the journal along.
  const absl::Time time = last.empty() ? now : std::max(now, FromProto(last.front().score_override().update_time()));
  *next.mutable_update_time() = ToProto(time);
  next.set_revision(change.revision());
  return change;
}

absl::StatusOr<ScoreOverride> OverrideBook::Set(const OverrideName& name, const ScoreOverride& wanted,
                                                absl::string_view actor) {
  CLIENTELE_RETURN_IF_ERROR(ValidateOverride("score_override", wanted, clock_.Now()));
  absl::MutexLock lock(&changing_);
  CLIENTELE_RETURN_IF_ERROR(suppressions_.Check(name.tenant, name.customer_id));
  CLIENTELE_ASSIGN_OR_RETURN(ScoreOverrideChange change, NextChange(name, wanted.etag(), actor));
  ScoreOverride& next = *change.mutable_score_override();
  if (wanted.has_value()) next.set_value(wanted.value());
  next.set_segment(wanted.segment());
  next.set_tier(wanted.tier());
  next.set_reason(wanted.reason());
  *next.mutable_expire_time() = wanted.expire_time();
  next.set_etag(absl::StrCat("r", change.revision()));
  CLIENTELE_RETURN_IF_ERROR(store_.Append(name, change));
  Put(name, next);
  return next;
}

absl::StatusOr<ScoreOverride> OverrideBook::Delete(const OverrideName& name, absl::string_view etag,
                                                   absl::string_view reason, absl::string_view actor) {
  CLIENTELE_RETURN_IF_ERROR(CheckSize("reason", reason, kMostReasonBytes));
  absl::MutexLock lock(&changing_);
  const auto stands = Stands(name.tenant, name.model, name.customer_id);
  if (stands == nullptr) return NotFound(name);
  CLIENTELE_ASSIGN_OR_RETURN(ScoreOverrideChange change, NextChange(name, etag, actor));
  change.set_deleted(true);
  change.mutable_score_override()->set_reason(reason.data(), reason.size());
  CLIENTELE_RETURN_IF_ERROR(store_.Append(name, change));
  absl::MutexLock changed(&mutex_);
  standing_[name.tenant][name.model].erase(name.customer_id);
  return *stands;
}

absl::StatusOr<ScoreOverride> OverrideBook::Get(const OverrideName& name) const {
  const auto stands = Stands(name.tenant, name.model, name.customer_id);
  if (stands == nullptr) return NotFound(name);
  return *stands;
}

absl::Status OverrideBook::List(const TenantId& tenant, absl::string_view model, const OverrideName& after,
                                bool expired,
                                absl::FunctionRef<bool(const OverrideName&, const ScoreOverride&)> visit) const {
  const absl::Time now = clock_.Now();
  return store_.List(tenant, model, after, [&](const OverrideName& name, const ScoreOverride& stands) {
    return (!expired && FromProto(stands.expire_time()) <= now) || visit(name, stands);
  });
}

absl::Status OverrideBook::Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                                  absl::FunctionRef<absl::Status(const storage::OverrideCounts&)> before) {
  absl::MutexLock lock(&changing_);
  bool any = false;
  CLIENTELE_RETURN_IF_ERROR(store_.Forget(tenant, theirs, [&](const storage::OverrideCounts& counts) {
    any = true;
    return before(counts);
  }));
  if (!any) return absl::OkStatus();
  {
    absl::MutexLock changed(&mutex_);
    for (auto& [model, of_model] : standing_[tenant]) {
      absl::erase_if(of_model, [&](const auto& entry) { return theirs(entry.first); });
    }
  }
  return store_.Purge(tenant);
}

}  // namespace clientele::inference
