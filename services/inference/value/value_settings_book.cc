#include "services/inference/value/value_settings_book.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/value/value_settings.h"

namespace clientele::inference {

absl::StatusOr<std::unique_ptr<ValueSettingsBook>> ValueSettingsBook::Open(storage::ValueSettingsStore& store,
                                                                           const Clock& clock, TierBook& tiers) {
  auto book = absl::WrapUnique(new ValueSettingsBook(store, clock, tiers));
  absl::MutexLock lock(&book->changing_);
  CLIENTELE_RETURN_IF_ERROR(book->ReadAll());
  return book;
}

absl::Status ValueSettingsBook::ReadAll() {
  CLIENTELE_ASSIGN_OR_RETURN(changes_, store_.Changes());  // First: what changes meanwhile is read again.
  return store_.ForEachNewest([&](const TenantId& tenant, const v1::ValueSettings& settings) {
    tiers_.Set(tenant, std::make_shared<const TierRules>(settings.tiers()));
  });
}

absl::Status ValueSettingsBook::CatchUp() {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t changes, store_.Changes());
  absl::MutexLock lock(&changing_);
  return changes == changes_ ? absl::OkStatus() : ReadAll();
}

absl::StatusOr<v1::ValueSettings> ValueSettingsBook::Get(const TenantId& tenant, int64_t revision) const {
  const auto none = [&] {
    return Error(absl::StatusCode::kNotFound, ErrorReason::kRevisionNotFound,
                 absl::StrCat("the value settings have no revision ", revision));
  };
  if (revision < 0) return none();
  CLIENTELE_ASSIGN_OR_RETURN(auto found, store_.List(tenant, revision == 0 ? 0 : revision + 1, 1));
  if (found.empty() && revision == 0) return DefaultValueSettings(tenant);
  if (found.empty() || (revision != 0 && found[0].revision() != revision)) return none();
  return std::move(found[0]);
}

absl::StatusOr<v1::ValueSettings> ValueSettingsBook::Update(const TenantId& tenant, const v1::ValueSettings& wanted,
                                                            absl::string_view actor) {
  CLIENTELE_RETURN_IF_ERROR(ValidateValueSettings("value_settings", tenant, wanted));
  absl::MutexLock lock(&changing_);
  CLIENTELE_ASSIGN_OR_RETURN(const v1::ValueSettings now, Get(tenant, 0));
  if (!wanted.etag().empty() && wanted.etag() != now.etag()) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 "the value settings have changed since the etag was read; read them again");
  }
  v1::ValueSettings next = wanted;
  next.set_name(ValueSettingsName(tenant));
  next.set_revision(now.revision() + 1);
  // A clock that went back does not take the revisions along.
  const absl::Time time = now.revision() == 0 ? clock_.Now() : std::max(clock_.Now(), FromProto(now.update_time()));
  *next.mutable_update_time() = ToProto(time);
  next.set_actor(std::string(actor));
  next.set_etag(ValueSettingsEtag(next));
  CLIENTELE_RETURN_IF_ERROR(store_.Append(tenant, next));
  tiers_.Set(tenant, std::make_shared<const TierRules>(next.tiers()));
  return next;
}

absl::StatusOr<std::vector<v1::ValueSettings>> ValueSettingsBook::List(const TenantId& tenant, int64_t before,
                                                                       int most) const {
  return store_.List(tenant, before, most);
}

}  // namespace clientele::inference
