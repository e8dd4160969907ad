#include "services/ingestion/records/customer_fold.h"

#include <utility>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::ingestion {

absl::Status CustomerFold::Add(const storage::StoredRecord& stored) {
  const google::protobuf::Timestamp event_time = ToProto(absl::FromUnixMicros(stored.event_time_micros));
  if (customer_.record_count() == 0) *customer_.mutable_first_event_time() = event_time;
  *customer_.mutable_last_event_time() = event_time;
  customer_.set_record_count(customer_.record_count() + 1);
  if (stored.kind == common::v1::RECORD_KIND_TRANSACTION) {
    CLIENTELE_RETURN_IF_ERROR(opener_.Decode(stored, scratch_));
    customer_.set_transaction_count(customer_.transaction_count() + 1);
    int64_t spend = 0;
    const bool overflow =
        __builtin_add_overflow(customer_.net_spend_micros(), scratch_.transaction().base_amount_micros(), &spend);
    if (!overflow) customer_.set_net_spend_micros(spend);
  } else if (stored.kind == common::v1::RECORD_KIND_PROFILE) {
    CLIENTELE_RETURN_IF_ERROR(opener_.Decode(stored, scratch_));
    const v1::Profile& profile = scratch_.profile();
    if (!profile.email().empty()) customer_.set_email(profile.email());
    if (!profile.phone().empty()) customer_.set_phone(profile.phone());
    if (!profile.display_name().empty()) customer_.set_display_name(profile.display_name());
    for (const auto& [name, value] : profile.attributes()) {
      if (value.kind_case() != common::v1::Value::KIND_NOT_SET) (*customer_.mutable_attributes())[name] = value;
    }
  }
  return absl::OkStatus();
}

v1::Customer CustomerFold::Take(const TenantId& tenant, absl::string_view customer_id,
                                absl::string_view base_currency) {
  customer_.set_name(FormatCustomer(tenant, customer_id));
  customer_.set_customer_id(customer_id.data(), customer_id.size());
  customer_.set_base_currency(base_currency.data(), base_currency.size());
  return std::exchange(customer_, v1::Customer());
}

}  // namespace clientele::ingestion
