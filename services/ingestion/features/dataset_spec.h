// A dataset's specification, checked and compiled: which columns, which rows, which label, at which instants.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/common/v1/dataset.pb.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/evaluator.h"
#include "services/ingestion/features/plan.h"

namespace clientele::features {

// What the features need to know of a tenant.
struct TenantCalendar {
  std::string base_currency = "USD";
  std::string time_zone = "UTC";
  absl::TimeZone zone = absl::UTCTimeZone();  // Of that name.
};

struct CompiledSpec {
  struct Condition {
    int column;  // Of the plan.
    double at_least;
    double at_most;
  };
  std::shared_ptr<const Plan> plan;  // The columns asked for, then those that conditions alone need.
  int columns = 0;
  std::vector<Condition> conditions;
  std::optional<common::v1::Label> label;
  std::vector<common::v1::Label> auxiliary_labels;
  int purchase_series_days = 0;  // 0: none is asked for.
  Instant instant;
  absl::Time labels_known_at;
  absl::Time labels_end;  // Of the longest window of a label; as_of where none has one.
  std::function<bool(absl::string_view customer_id)>
      leaves_out;  // Who is no row, whatever their records; none: nobody.
  // Who is no row, but is counted where they would be one; none: nobody.
  std::function<bool(absl::string_view customer_id)> has_opted_out;
  common::v1::DatasetHeader header;
};

// INVALID_ARGUMENT naming the field under `path`: no feature, an unknown or repeated one, a condition on a category, a
// label that is also a feature, as_of missing where there is a label, too many auxiliary labels, bins of a purchase
// series that are too long; a purpose that cannot be one.
absl::StatusOr<CompiledSpec> CompileSpec(absl::string_view path, const common::v1::DatasetSpec& spec,
                                         const Catalogue& catalogue, const TenantCalendar& calendar, absl::Time now);

// A timestamp of a request, or `fallback` where it is absent. INVALID_ARGUMENT outside the years 1 to 9999.
absl::StatusOr<absl::Time> TimeOr(absl::string_view path, bool present, const google::protobuf::Timestamp& time,
                                  absl::Time fallback);

}  // namespace clientele::features
