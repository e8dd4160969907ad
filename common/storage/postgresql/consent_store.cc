#include "common/storage/postgresql/consent_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/opt_outs.h"
#include "common/storage/consent_rules.h"
#include "common/storage/postgresql/consent_writer.h"

namespace clientele::storage::postgresql {
namespace {

using ingestion::v1::ScoringConsent;
using ingestion::v1::ScoringConsentChange;
using privacy::Digest;
using privacy::DigestKey;

constexpr absl::Duration kFreshness = absl::Milliseconds(250);

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored consent is damaged");
}

template <typename Message>
absl::StatusOr<std::vector<Message>> ParseAll(const Result& rows) {
  std::vector<Message> messages(static_cast<size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) {
    if (!messages[static_cast<size_t>(row)].ParseFromString(rows.String(row, 0))) return Damaged();
  }
  return messages;
}

// The tenant's key, whose row the transaction then holds; drawn where there is none.
absl::StatusOr<DigestKey> HoldKey(Connection& connection, const TenantId& tenant) {
  const auto drawn = DigestKey::Draw();
  if (!drawn) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  CLIENTELE_RETURN_IF_ERROR(connection
                                .Execute("INSERT INTO consent_keys VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                         {Text(tenant.value()), Bytes(drawn->ToBytes())})
                                .status());
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result row,
      connection.Execute("SELECT digest_key FROM consent_keys WHERE tenant = $1 FOR UPDATE", {Text(tenant.value())}));
  const auto key = DigestKey::FromBytes(row.Bytes(0, 0));
  if (!key) return Damaged();
  return *key;
}

// Strips the customer's objections, and takes away the rest.
absl::StatusOr<ErasedConsents> TakeAway(Connection& connection, const TenantId& tenant, const Digest& customer) {
  const std::vector<Value> key = {Text(tenant.value()), Bytes(customer.ToBytes())};
  const Value withdrawn = Int2(ingestion::v1::CONSENT_STATE_WITHDRAWN);
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result consents,
      connection.Execute("DELETE FROM scoring_consents WHERE tenant = $1 AND digest = $2 AND state <> $3",
                         {key[0], key[1], withdrawn}));
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result objections,
      connection.Execute("SELECT message FROM scoring_consents WHERE tenant = $1 AND digest = $2", key));
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<ScoringConsent> stand, ParseAll<ScoringConsent>(objections));
  for (ScoringConsent& consent : stand) {
    StripObjection(consent);
    CLIENTELE_RETURN_IF_ERROR(
        connection
            .Execute("UPDATE scoring_consents SET message = $4 WHERE tenant = $1 AND digest = $2 AND purpose = $3",
                     {key[0], key[1], Text(consent.purpose()), Bytes(consent.SerializeAsString())})
            .status());
  }
  CLIENTELE_ASSIGN_OR_RETURN(const Result changes,
                             connection.Execute("DELETE FROM consent_journal WHERE tenant = $1 AND digest = $2", key));
  CLIENTELE_RETURN_IF_ERROR(
      connection.Execute("DELETE FROM consent_requests WHERE tenant = $1 AND digest = $2", key).status());
  return ErasedConsents{consents.changed(), changes.changed()};
}

class PostgresConsentStore final : public ConsentStore {
 public:
  explicit PostgresConsentStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  // Takes over who has opted out since the last time.
  absl::Status CatchUp() const ABSL_LOCKS_EXCLUDED(reading_) {
    absl::MutexLock lock(&reading_);
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->QueryAll("SELECT sequence, tenant, digest_key, digest, purpose, state FROM scoring_consents"
                            " JOIN consent_keys USING (tenant) WHERE sequence > $1 ORDER BY sequence",
                            {Int8(seen_)}));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 1)));
      const auto key = DigestKey::FromBytes(rows.Bytes(row, 2));
      const auto customer = Digest::FromBytes(rows.Bytes(row, 3));
      if (!key || !customer) return Damaged();
      opt_outs_.Set(tenant, *key, *customer, rows.Bytes(row, 4),
                    rows.Int2(row, 5) == ingestion::v1::CONSENT_STATE_WITHDRAWN);
      seen_ = rows.Int8(row, 0);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<SetConsent>> SetConsents(const TenantId& tenant,
                                                      absl::Span<const NewConsent> consents) override {
    std::vector<SetConsent> results;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      results.clear();
      CLIENTELE_ASSIGN_OR_RETURN(const DigestKey key, HoldKey(connection, tenant));
      ConsentWriter writer(connection, tenant, key);
      for (const NewConsent& said : consents) {
        CLIENTELE_ASSIGN_OR_RETURN(SetConsent result, writer.Set(said));
        results.push_back(std::move(result));
      }
      return absl::OkStatus();
    });
    if (!written.ok()) return written;
    CatchUp().IgnoreError();  // It is written: whoever looks next tries again.
    return results;
  }

  absl::StatusOr<std::vector<ScoringConsent>> ReadConsents(const TenantId& tenant,
                                                           absl::string_view customer_id) const override {
    const auto rows = OfCustomer(tenant, customer_id,
                                 "SELECT message FROM scoring_consents WHERE tenant = $1 AND digest = $2"
                                 " ORDER BY purpose");
    if (absl::IsNotFound(rows.status())) return std::vector<ScoringConsent>();
    CLIENTELE_RETURN_IF_ERROR(rows.status());
    return ParseAll<ScoringConsent>(*rows);
  }

  absl::StatusOr<std::vector<ScoringConsentChange>> ReadConsentJournal(const TenantId& tenant,
                                                                       absl::string_view customer_id, int64_t before,
                                                                       int most) const override {
    const auto rows = OfCustomer(tenant, customer_id,
                                 "SELECT message FROM consent_journal WHERE tenant = $1 AND digest = $2"
                                 " AND ($3 = 0 OR sequence < $3) ORDER BY sequence DESC LIMIT $4",
                                 {Int8(before), Int8(most)});
    if (absl::IsNotFound(rows.status())) return std::vector<ScoringConsentChange>();
    CLIENTELE_RETURN_IF_ERROR(rows.status());
    return ParseAll<ScoringConsentChange>(*rows);
  }

  absl::StatusOr<std::vector<ConsentStanding>> ReadConsentChanges(int64_t sequence, int most) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows, database_->QueryAll("SELECT sequence, tenant, digest, purpose, state FROM scoring_consents "
                                               "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                                               {Int8(sequence), Int8(most)}));
    std::vector<ConsentStanding> changes;
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(rows.Bytes(row, 1)));
      const auto customer = Digest::FromBytes(rows.Bytes(row, 2));
      if (!customer) return Damaged();
      changes.push_back({rows.Int8(row, 0), std::move(tenant), *customer, rows.String(row, 3),
                         static_cast<ingestion::v1::ConsentState>(rows.Int2(row, 4))});
    }
    return changes;
  }

  absl::StatusOr<ErasedConsents> CountErasableConsents(const TenantId& tenant,
                                                       absl::string_view customer_id) const override {
    const auto rows = OfCustomer(tenant, customer_id,
                                 "SELECT (SELECT count(*) FROM scoring_consents WHERE tenant = $1 AND digest = $2"
                                 " AND state <> $3), (SELECT count(*) FROM consent_journal WHERE tenant = $1"
                                 " AND digest = $2)",
                                 {Int2(ingestion::v1::CONSENT_STATE_WITHDRAWN)});
    if (absl::IsNotFound(rows.status())) return ErasedConsents();
    CLIENTELE_RETURN_IF_ERROR(rows.status());
    return ErasedConsents{rows->Int8(0, 0), rows->Int8(0, 1)};
  }

  absl::StatusOr<ErasedConsents> EraseConsents(const TenantId& tenant, int64_t erasure,
                                               absl::string_view customer_id) override {
    const auto known = ConsentKeyOf(tenant);
    if (absl::IsNotFound(known.status())) return ErasedConsents();
    CLIENTELE_RETURN_IF_ERROR(known.status());
    ErasedConsents counts;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const DigestKey key, HoldKey(connection, tenant));
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result erased,
          connection.Execute("SELECT consents, changes FROM erased_consents WHERE tenant = $1 AND erasure = $2",
                             {Text(tenant.value()), Int8(erasure)}));
      if (erased.rows() > 0) {
        counts = {erased.Int8(0, 0), erased.Int8(0, 1)};
        return absl::OkStatus();
      }
      CLIENTELE_ASSIGN_OR_RETURN(counts, TakeAway(connection, tenant, key.Of(customer_id)));
      return connection
          .Execute("INSERT INTO erased_consents VALUES ($1, $2, $3, $4)",
                   {Text(tenant.value()), Int8(erasure), Int8(counts.consents), Int8(counts.changes)})
          .status();
    });
    if (!written.ok()) return written;
    if (counts.changes == 0) return counts;
    CLIENTELE_RETURN_IF_ERROR(database_->RunAlone("VACUUM scoring_consents, consent_journal, consent_requests"));
    return counts;
  }

  bool HasOptedOut(const TenantId& tenant, absl::string_view customer_id, absl::string_view purpose) const override {
    if (IsDue()) CatchUp().IgnoreError();  // Without an answer: as it is known.
    return opt_outs_.Contains(tenant, customer_id, [&] { return std::string(purpose); });
  }

  absl::StatusOr<DigestKey> ConsentKeyOf(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT digest_key FROM consent_keys WHERE tenant = $1", {Text(tenant.value())}));
    if (rows.rows() == 0) return absl::NotFoundError("no customer of the tenant has said anything");
    const auto key = DigestKey::FromBytes(rows.Bytes(0, 0));
    if (!key) return Damaged();
    return *key;
  }

 private:
  // Whether it is time to look at what other programs have written; one caller is told so.
  bool IsDue() const ABSL_LOCKS_EXCLUDED(asking_) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&asking_);
    if (now - asked_ < kFreshness) return false;
    asked_ = now;
    return true;
  }

  // $1 is the tenant, $2 the customer, `more` follow. NOT_FOUND: nobody of the tenant has said anything.
  absl::StatusOr<Result> OfCustomer(const TenantId& tenant, absl::string_view customer_id, absl::string_view sql,
                                    std::vector<Value> more = {}) const {
    CLIENTELE_ASSIGN_OR_RETURN(const DigestKey key, ConsentKeyOf(tenant));
    std::vector<Value> parameters = {Text(tenant.value()), Bytes(key.Of(customer_id).ToBytes())};
    parameters.insert(parameters.end(), more.begin(), more.end());
    return database_->Query(tenant, sql, parameters);
  }

  const std::shared_ptr<const Database> database_;
  mutable absl::Mutex asking_;
  mutable absl::Time asked_ ABSL_GUARDED_BY(asking_) = absl::InfinitePast();
  mutable absl::Mutex reading_;
  mutable int64_t seen_ ABSL_GUARDED_BY(reading_) = 0;  // The sequence up to which opt_outs_ are known.
  mutable privacy::OptOuts opt_outs_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ConsentStore>> OpenConsentStore(std::shared_ptr<const Database> database) {
  auto store = std::make_unique<PostgresConsentStore>(std::move(database));
  CLIENTELE_RETURN_IF_ERROR(store->CatchUp());
  return store;
}

}  // namespace clientele::storage::postgresql
