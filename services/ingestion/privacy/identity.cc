#include "services/ingestion/privacy/identity.h"

#include "absl/strings/ascii.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/contact.h"

namespace clientele::ingestion {

absl::StatusOr<Identity> Identity::Find(const storage::RecordStore& store, RecordOpener& opener, const TenantId& tenant,
                                        absl::string_view customer_id) {
  Identity identity(customer_id);
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(store.ScanCustomer(tenant, customer_id, [&](const storage::StoredRecord& stored) {
    if (stored.kind != common::v1::RECORD_KIND_PROFILE) return true;
    v1::Record record;
    status = opener.Decode(stored, record);
    if (status.ok()) identity.Add(record);
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  return identity;
}

void Identity::Add(const v1::Record& record) {
  const auto add = [this](const std::string& contact) {
    if (!contact.empty()) contacts_.insert(contact);
  };
  add(record.profile().email());
  add(record.profile().phone());
  for (const char* field : {"profile.email", "profile.phone"}) {
    const auto original = record.originals().find(field);
    if (original != record.originals().end()) add(original->second);
  }
}

bool Identity::Has(const v1::Record& record) const {
  if (absl::StripAsciiWhitespace(record.customer_id()) == customer_id_) return true;
  const v1::Profile& profile = record.profile();
  std::string email;
  return contacts_.contains(profile.email()) || contacts_.contains(profile.phone()) ||
         (StandardiseEmail(profile.email(), email) && contacts_.contains(email));
}

}  // namespace clientele::ingestion
