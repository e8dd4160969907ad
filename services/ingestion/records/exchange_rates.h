// Dated exchange rates into a tenant's base currency.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "google/protobuf/repeated_field.h"

namespace clientele::ingestion {

// Immutable, thread-safe.
class ExchangeRates {
 public:
  // A rate is an integer multiple of 10^-12.
  static constexpr int kDecimals = 12;
  static constexpr int64_t kOne = 1'000'000'000'000;

  enum class Result { kOk, kNoRate, kTooLarge };

  // INVALID_ARGUMENT naming `field`[i] for the first rate that is wrong: currency, date, decimals, two for one day.
  static absl::StatusOr<ExchangeRates> Make(
      absl::string_view field, const google::protobuf::RepeatedPtrField<ingestion::v1::ExchangeRate>& rates);

  // `amount_micros` in the base currency, rounded half away from zero, by the latest rate of `currency` that is of
  // `day` (since 1970) or before.
  Result Convert(int64_t amount_micros, absl::string_view currency, int32_t day, int64_t& base_micros) const;

 private:
  struct Rate {
    int32_t day;
    int64_t multiple;
  };
  absl::flat_hash_map<std::string, std::vector<Rate>> by_currency_;  // Each in the order of days.
};

}  // namespace clientele::ingestion
