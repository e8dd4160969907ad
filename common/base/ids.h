// Who and where: tenants as a type, and the shard a customer lives in.
#pragma once

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele {

// A tenant. Made once, at the edge, from a checked name; from there on nothing reaches a store without one.
class TenantId {
 public:
  // INVALID_ARGUMENT unless [a-z][a-z0-9-]{0,62}.
  static absl::StatusOr<TenantId> Parse(absl::string_view id);

  const std::string& value() const { return value_; }

  friend bool operator==(const TenantId&, const TenantId&) = default;
  friend auto operator<=>(const TenantId&, const TenantId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const TenantId& id) {
    return H::combine(std::move(h), id.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, const TenantId& id) { return out << id.value_; }

 private:
  explicit TenantId(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

inline constexpr int kShardCount = 256;

// The shard a customer lives in, everywhere: in storage keys, in dataset streams, in the split over cores and machines.
int ShardOf(const TenantId& tenant, absl::string_view customer_id);

// Whether `id` is [a-z][a-z0-9-]{0,62}, as models, aliases and jobs are named.
bool IsResourceId(absl::string_view id);

}  // namespace clientele
