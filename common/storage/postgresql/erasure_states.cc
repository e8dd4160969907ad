#include "common/storage/postgresql/erasure_states.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/erasure_rules.h"

namespace clientele::storage::postgresql {
namespace {

constexpr absl::Duration kFreshness = absl::Milliseconds(250);

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is stored of an erasure is damaged");
}

absl::StatusOr<std::shared_ptr<TenantErasures>> Load(Connection& connection, const TenantId& tenant,
                                                     const privacy::DigestKey& key, int64_t last) {
  auto state = std::make_shared<TenantErasures>(key);
  state->last = last;
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result suppressed,
      connection.Execute("SELECT digest, number FROM suppressed_customers WHERE tenant = $1", {Text(tenant.value())}));
  for (int row = 0; row < suppressed.rows(); ++row) {
    const auto digest = privacy::Digest::FromBytes(suppressed.Bytes(row, 0));
    if (!digest) return Damaged();
    state->suppressed[*digest] = suppressed.Int8(row, 1);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const Result unfinished, connection.Execute("SELECT number, message FROM erasures "
                                                                         "WHERE tenant = $1 AND NOT records_gone",
                                                                         {Text(tenant.value())}));
  ingestion::v1::Erasure erasure;
  for (int row = 0; row < unfinished.rows(); ++row) {
    if (!erasure.ParseFromString(unfinished.String(row, 1))) return Damaged();
    state->unfinished.emplace(unfinished.Int8(row, 0), DigestOf(erasure));
  }
  return state;
}

}  // namespace

absl::StatusOr<ErasureStates::State> ErasureStates::Read(Connection& connection, const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result row,
      connection.Execute("SELECT revision, digest_key, last_number FROM erasure_states WHERE tenant = $1",
                         {Text(tenant.value())}));
  if (row.rows() == 0) return nullptr;
  const int64_t revision = row.Int8(0, 0);
  {
    absl::MutexLock lock(&mutex_);
    const Known& known = known_[tenant];
    if (known.revision == revision) return known.state;
  }
  const auto key = privacy::DigestKey::FromBytes(row.Bytes(0, 1));
  if (!key) return Damaged();
  CLIENTELE_ASSIGN_OR_RETURN(State state, Load(connection, tenant, *key, row.Int8(0, 2)));
  absl::MutexLock lock(&mutex_);
  Known& known = known_[tenant];
  if (known.revision < revision) {
    known.revision = revision;
    known.state = state;
  }
  return state;
}

ErasureStates::State ErasureStates::Recent(const Database& database, const TenantId& tenant) {
  const absl::Time now = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    Known& known = known_[tenant];
    if (known.is_read && now - known.asked < kFreshness) return known.state;
    known.asked = now;  // One asks; whoever comes meanwhile takes what is known, where anything is.
  }
  State state;
  const absl::Status asked = database.Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(state, Read(connection, tenant));
    return absl::OkStatus();
  });
  absl::MutexLock lock(&mutex_);
  Known& known = known_[tenant];
  known.is_read |= asked.ok();
  return asked.ok() ? state : known.state;
}

void ErasureStates::Expire(const TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  known_[tenant].asked = absl::InfinitePast();
}

}  // namespace clientele::storage::postgresql
