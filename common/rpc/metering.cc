#include "common/rpc/metering.h"

#include "common/base/status_macros.h"

namespace clientele::rpc {
namespace {

constexpr double kRowsOfACall = 100;  // What a call costs beside its rows, in rows.

}  // namespace

Metering::~Metering() {
  if (open_) account()->CloseStream();
}

absl::Status Metering::Open(absl::string_view tenant) {
  quota::Account& opened = meter_->Of(tenant);
  account_.store(&opened, std::memory_order_release);
  CLIENTELE_RETURN_IF_ERROR(opened.OpenStream(meter_->Now()));
  open_ = true;
  return absl::OkStatus();
}

absl::Status Metering::Charge(absl::string_view tenant, bool stream, int64_t rows, int64_t bytes) {
  if (stream && !open_) CLIENTELE_RETURN_IF_ERROR(Open(tenant));
  if (!stream) account_.store(&meter_->Of(tenant), std::memory_order_release);
  quota::Account& charged = *account();
  charged.AddReceived(bytes);
  cost_.store(1 + static_cast<double>(rows) / kRowsOfACall, std::memory_order_relaxed);
  if (!stream) return charged.Admit(rows, meter_->Now());
  not_before_.store(absl::ToUnixNanos(charged.Pace(rows, meter_->Now())), std::memory_order_relaxed);
  return absl::OkStatus();
}

Flow Metering::flow() const {
  const quota::Account* known = account();
  if (known == nullptr) return {};
  return {.name = known->tenant(), .cost = cost_.load(std::memory_order_relaxed), .weight = known->weight()};
}

void Metering::CountSent(int64_t bytes) const {
  if (quota::Account* known = account()) known->AddSent(bytes);
}

void Metering::CountCpu(absl::Duration time) const {
  if (quota::Account* known = account()) known->AddCpu(time);
}

}  // namespace clientele::rpc
