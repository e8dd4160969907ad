// What one call hands out of personal values: in full, which the audit log is told, or masked.
#pragma once

#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/rpc/call.h"
#include "services/ingestion/records/masking.h"
#include "services/ingestion/records/personal_fields.h"

namespace clientele::ingestion {

// For one call; `call` must outlive it.
class Disclosure {
 public:
  Disclosure(const rpc::Call& call, bool in_full) : call_(call), in_full_(in_full) {}

  void Apply(v1::Customer& customer) const {
    if (!in_full_) return Mask(customer);
    const bool personal = !customer.email().empty() || !customer.phone().empty() || !customer.display_name().empty();
    if (personal) call_.audit_note.ShowsPersonalValues();
  }
  void Apply(v1::Record& record) const {
    if (!in_full_) return Mask(record);
    ForEachPersonalValue(record, [this](const auto&, const auto&) { call_.audit_note.ShowsPersonalValues(); });
  }
  // Whatever its fields are, it may hold anything.
  void Apply(v1::RejectedRecord& rejected) const {
    if (!in_full_) return Mask(rejected);
    call_.audit_note.ShowsPersonalValues();
  }

 private:
  const rpc::Call& call_;
  const bool in_full_;
};

}  // namespace clientele::ingestion
