#include "services/ingestion/features/customer_features.h"

#include <cmath>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::features {

absl::Status ReadCustomerFeatures(const storage::RecordStore& store, const TenantId& tenant,
                                  absl::string_view customer_id, Evaluator& evaluator) {
  evaluator.Begin();
  bool damaged = false;
  CLIENTELE_RETURN_IF_ERROR(store.ScanCustomer(tenant, customer_id, [&](const storage::StoredRecord& record) {
    damaged = !evaluator.Add(record);
    return !damaged;
  }));
  if (damaged) return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
  if (evaluator.seen()) evaluator.Finish();
  return absl::OkStatus();
}

void AppendValues(const Evaluator& evaluator, google::protobuf::RepeatedPtrField<common::v1::Value>& values) {
  values.Reserve(values.size() + evaluator.plan().size());
  for (int i = 0; i < evaluator.plan().size(); ++i) {
    common::v1::Value& value = *values.Add();
    if (evaluator.plan().type(i) == common::v1::FEATURE_TYPE_CATEGORY) {
      const absl::string_view text = evaluator.text(i);
      if (!text.empty()) value.set_text(std::string(text));
    } else if (const double number = evaluator.number(i); !std::isnan(number)) {
      value.set_number(number);
    }
  }
}

}  // namespace clientele::features
