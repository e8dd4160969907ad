// What is known of a tenant's erasures without a look at the disk: who is suppressed, and how far they have got.
#pragma once

#include <cstdint>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/privacy/customer_digest.h"

namespace clientele::storage {

// Thread-compatible.
struct TenantErasures {
  explicit TenantErasures(const privacy::DigestKey& digest_key) : key(digest_key) {}

  bool Suppresses(absl::string_view customer_id) const {
    return !suppressed.empty() && suppressed.contains(key.Of(customer_id));
  }
  bool IsUnderWay(const privacy::Digest& customer) const {
    for (const auto& [number, digest] : unfinished) {
      if (digest == customer) return true;
    }
    return false;
  }
  // Every erasure up to this number is done with.
  int64_t epoch() const { return unfinished.empty() ? last : unfinished.begin()->first - 1; }

  const privacy::DigestKey key;
  absl::flat_hash_map<privacy::Digest, int64_t> suppressed;  // By the number of the erasure that says so.
  std::map<int64_t, privacy::Digest> unfinished;             // By number.
  int64_t last = 0;                                          // The last number that was given.
  bool has_erased_ids = false;
};

}  // namespace clientele::storage
