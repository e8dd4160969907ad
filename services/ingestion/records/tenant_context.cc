#include "services/ingestion/records/tenant_context.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::ingestion {

TenantContext::TenantContext(v1::Settings settings, LocalTime local_time, ExchangeRates rates,
                             const storage::KindCuts& cuts)
    : settings_(std::move(settings)), local_time_(std::move(local_time)), rates_(std::move(rates)), cuts_(cuts) {}

absl::StatusOr<std::shared_ptr<const TenantContext>> TenantContext::Make(const v1::Settings& settings,
                                                                         const storage::KindCuts& cuts) {
  absl::StatusOr<LocalTime> local_time = LocalTime::Load(settings.time_zone());
  if (!local_time.ok()) return InvalidField("settings.time_zone", local_time.status().message());
  CLIENTELE_ASSIGN_OR_RETURN(ExchangeRates rates,
                             ExchangeRates::Make("settings.exchange_rates", settings.exchange_rates()));
  return std::shared_ptr<const TenantContext>(
      new TenantContext(settings, *std::move(local_time), std::move(rates), cuts));
}

}  // namespace clientele::ingestion
