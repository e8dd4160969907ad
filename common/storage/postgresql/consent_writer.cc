#include "common/storage/postgresql/consent_writer.h"

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/storage/consent_rules.h"

namespace clientele::storage::postgresql {

using ingestion::v1::ScoringConsent;
using privacy::Digest;

absl::StatusOr<SetConsent> ConsentWriter::Set(const NewConsent& said) {
  const Digest customer = key_.Of(said.customer_id);
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<ScoringConsent> stands, Stands(customer, said.consent.purpose()));
  SetConsent result;
  if (stands) result.consent = *stands;
  if (!said.request_id.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool repeated, IsRepeated(customer, said, result.status));
    if (repeated) return result;
  }
  if (!said.etag.empty() && said.etag != result.consent.etag()) {
    result.status = ConsentChanged();
    return result;
  }
  if (!IsNews(stands, said.consent)) return result;
  result.consent = NextConsent(stands, said.consent);
  result.changed = true;
  CLIENTELE_RETURN_IF_ERROR(Put(customer, stands, result.consent, said.request_id));
  return result;
}

absl::StatusOr<std::optional<ScoringConsent>> ConsentWriter::Stands(const Digest& customer,
                                                                    absl::string_view purpose) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Execute("SELECT message FROM scoring_consents WHERE tenant = $1 AND digest = $2 AND purpose = $3",
                          {Text(tenant_.value()), Bytes(customer.ToBytes()), Text(purpose)}));
  if (rows.rows() == 0) return std::nullopt;
  ScoringConsent consent;
  if (consent.ParseFromString(rows.String(0, 0))) return consent;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored consent is damaged");
}

absl::StatusOr<bool> ConsentWriter::IsRepeated(const Digest& customer, const NewConsent& said,
                                               absl::Status& status) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Execute("SELECT digest = $3 AND purpose = $4 AND state = $5 FROM consent_requests WHERE tenant = $1 "
                          "AND request_id = $2",
                          {Text(tenant_.value()), Bytes(said.request_id), Bytes(customer.ToBytes()),
                           Text(said.consent.purpose()), Int2(said.consent.state())}));
  if (rows.rows() == 0) return false;
  if (!rows.Bool(0, 0)) status = ConsentRequestReused();
  return true;
}

absl::Status ConsentWriter::Put(const Digest& customer, const std::optional<ScoringConsent>& before,
                                const ScoringConsent& next, const std::string& request_id) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result drawn,
                             connection_.Execute("UPDATE consent_sequence SET last = last + 1 RETURNING last"));
  const int64_t sequence = drawn.Int8(0, 0);
  const std::vector<Value> key = {Text(tenant_.value()), Bytes(customer.ToBytes())};
  CLIENTELE_RETURN_IF_ERROR(
      connection_
          .Execute(
              "INSERT INTO scoring_consents (tenant, digest, purpose, sequence, state, message) VALUES ($1, $2, $3,"
              " $4, $5, $6) ON CONFLICT (tenant, digest, purpose) DO UPDATE SET sequence = $4, state = $5,"
              " message = $6",
              {key[0], key[1], Text(next.purpose()), Int8(sequence), Int2(next.state()),
               Bytes(next.SerializeAsString())})
          .status());
  CLIENTELE_RETURN_IF_ERROR(
      connection_
          .Execute("INSERT INTO consent_journal (tenant, digest, sequence, message) VALUES ($1, $2, $3, $4)",
                   {key[0], key[1], Int8(sequence), Bytes(ChangeTo(next, before, sequence).SerializeAsString())})
          .status());
  if (request_id.empty()) return absl::OkStatus();
  return connection_
      .Execute("INSERT INTO consent_requests (tenant, request_id, digest, purpose, state) VALUES ($1, $2, $3, $4, $5)",
               {key[0], Bytes(request_id), key[1], Text(next.purpose()), Int2(next.state())})
      .status();
}

}  // namespace clientele::storage::postgresql
