// What a tenant keeps, for the book of what is used.
#pragma once

#include "absl/strings/string_view.h"
#include "common/quota/account.h"
#include "common/storage/record_store.h"

namespace clientele::ingestion {

// Nothing where the name is no tenant's, or the store does not answer.
inline quota::Standing StandingOf(const storage::RecordStore& store, absl::string_view tenant) {
  const auto id = TenantId::Parse(tenant);
  if (!id.ok()) return {};
  const auto volume = store.GetVolume(*id);
  if (!volume.ok()) return {};
  return {.stored_records = volume->records, .stored_bytes = volume->bytes};
}

}  // namespace clientele::ingestion
