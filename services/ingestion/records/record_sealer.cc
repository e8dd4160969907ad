#include "services/ingestion/records/record_sealer.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/sealed.h"
#include "services/ingestion/records/personal_fields.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/serialise.h"

namespace clientele::ingestion {
namespace {

using privacy::Digest;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
}

std::string PlaceOfRecord(const TenantId& tenant, absl::string_view customer, const v1::Record& record) {
  return privacy::PlaceOf({"record", tenant.value(), customer, record.source(), record.record_id()});
}

// What of it stays in the clear.
std::string PlaceOfRejected(const TenantId& tenant, absl::string_view customer, const v1::RejectedRecord& rejected) {
  return privacy::PlaceOf({"rejected record", tenant.value(), customer, rejected.record().source(),
                           absl::StrCat(rejected.reason(), " ", rejected.kind(), " ", rejected.reject_time().seconds(),
                                        " ", rejected.reject_time().nanos()),
                           rejected.field(), rejected.message()});
}

}  // namespace

absl::string_view CustomerOf(const v1::RejectedRecord& rejected) {
  return absl::StripAsciiWhitespace(rejected.record().customer_id());
}

absl::Status RecordSealer::FindKeys() {
  if (keys_ != nullptr) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(tenant_keys_, customer_keys_.Make(tenant_));
  keys_ = std::make_unique<BatchKeys>(customer_keys_, *tenant_keys_);
  return absl::OkStatus();
}

absl::Status RecordSealer::Seal(storage::NewRecord& record) {
  if (!HasPersonalFields(record.kind)) return absl::OkStatus();
  RecordView view;
  if (!ViewRecord(record.body, view) || !record_.ParseFromArray(view.rest.data(), static_cast<int>(view.rest.size()))) {
    return Damaged();
  }
  if (!TakePersonalValues(record_, personal_)) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(FindKeys());
  bytes_.clear();
  AppendDeterministically(personal_, bytes_);
  const Digest customer = tenant_keys_->customer_digests.Of(record.customer_id);
  sealed_.clear();
  CLIENTELE_RETURN_IF_ERROR(
      keys_->Seal(customer, PlaceOfRecord(tenant_, customer.ToBytes(), record_), bytes_, sealed_));
  bytes_.clear();
  AppendDeterministically(record_, bytes_);
  SealBody(view, bytes_, sealed_, record.body);
  if (!tenant_keys_->plain_record_digests) {
    record.content_digest = tenant_keys_->record_digests.Of(record.content_digest).ToBytes();
  }
  return absl::OkStatus();
}

absl::Status RecordSealer::Seal(v1::RejectedRecord& rejected) {
  CLIENTELE_RETURN_IF_ERROR(FindKeys());
  record_ = std::move(*rejected.mutable_record());
  rejected.mutable_record()->Clear();
  rejected.mutable_record()->set_source(std::move(*record_.mutable_source()));
  rejected.mutable_record()->set_customer_id(std::move(*record_.mutable_customer_id()));
  record_.clear_source();
  record_.clear_customer_id();
  const Digest customer = tenant_keys_->customer_digests.Of(CustomerOf(rejected));
  bytes_.clear();
  AppendDeterministically(record_, bytes_);
  return keys_->Seal(customer, PlaceOfRejected(tenant_, customer.ToBytes(), rejected), bytes_,
                     *rejected.mutable_sealed_record());
}

absl::StatusOr<CustomerKeys::Use> RecordSealer::Finish() {
  if (keys_ == nullptr) return CustomerKeys::Use{customer_keys_.epoch(), {}};
  CLIENTELE_RETURN_IF_ERROR(keys_->Finish());
  return keys_->TakeUse();
}

absl::Status RecordOpener::Open(const Digest& customer, absl::string_view place, absl::string_view sealed,
                                v1::Record& record) {
  privacy::SealedView view;
  if (!privacy::ReadSealed(sealed, view)) return Damaged();
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<privacy::SecretKey> key,
                             keys_.FindKey(tenant_, customer, view.key_id));
  unreadable_ = !key;
  if (!key) return absl::OkStatus();
  const std::optional<std::string> bytes = privacy::Open(*key, place, view);
  return bytes && record.MergeFromString(*bytes) ? absl::OkStatus() : Damaged();
}

absl::Status RecordOpener::Decode(const storage::StoredRecord& stored, v1::Record& record) {
  unreadable_ = false;
  CLIENTELE_RETURN_IF_ERROR(DecodeRecord(stored, record));
  RecordView view;
  if (!ViewRecord(stored.body, view) || view.sealed.empty()) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(FindTenantKeys());
  if (unreadable_) return absl::OkStatus();
  const Digest customer = tenant_keys_->customer_digests.Of(stored.customer_id);
  return Open(customer, PlaceOfRecord(tenant_, customer.ToBytes(), record), view.sealed, record);
}

absl::Status RecordOpener::Open(v1::RejectedRecord& rejected) {
  unreadable_ = false;
  if (rejected.sealed_record().empty()) return absl::OkStatus();
  const std::string sealed = std::move(*rejected.mutable_sealed_record());
  rejected.clear_sealed_record();
  CLIENTELE_RETURN_IF_ERROR(FindTenantKeys());
  if (unreadable_) return absl::OkStatus();
  const Digest customer = tenant_keys_->customer_digests.Of(CustomerOf(rejected));
  return Open(customer, PlaceOfRejected(tenant_, customer.ToBytes(), rejected), sealed, *rejected.mutable_record());
}

absl::Status RecordOpener::FindTenantKeys() {
  if (tenant_keys_ == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(tenant_keys_, keys_.Find(tenant_));
  }
  unreadable_ = tenant_keys_ == nullptr;
  return absl::OkStatus();
}

}  // namespace clientele::ingestion
