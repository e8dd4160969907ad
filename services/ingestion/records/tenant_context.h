// A tenant's settings, made ready to use: what turns an instant into a day and an amount into the base currency.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "common/storage/retention_state.h"
#include "services/ingestion/records/exchange_rates.h"
#include "services/ingestion/records/local_time.h"

namespace clientele::ingestion {

// Immutable, thread-safe; shared by pointer.
class TenantContext {
 public:
  // INVALID_ARGUMENT where the time zone or a rate is wrong.
  // `cuts`: of the tenant's retention, in force.
  static absl::StatusOr<std::shared_ptr<const TenantContext>> Make(const v1::Settings& settings,
                                                                   const storage::KindCuts& cuts = storage::NoCuts());

  const v1::Settings& settings() const { return settings_; }
  const std::string& base_currency() const { return settings_.base_currency(); }
  const std::string& phone_region() const { return settings_.phone_region(); }
  const LocalTime& local_time() const { return local_time_; }
  const ExchangeRates& rates() const { return rates_; }

  // Records of the kind that happened before are not taken any more.
  int64_t OldestMicros(common::v1::RecordKind kind) const { return cuts_[static_cast<size_t>(kind)]; }
  const storage::KindCuts& cuts() const { return cuts_; }

  // The tenant's calendar day of an instant, in days since 1970-01-01.
  int32_t Day(int64_t instant_micros) const { return local_time_.Day(instant_micros); }

 private:
  TenantContext(v1::Settings settings, LocalTime local_time, ExchangeRates rates, const storage::KindCuts& cuts);
  const v1::Settings settings_;
  const LocalTime local_time_;
  const ExchangeRates rates_;
  const storage::KindCuts cuts_;
};

}  // namespace clientele::ingestion
