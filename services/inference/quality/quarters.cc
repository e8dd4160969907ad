#include "services/inference/quality/quarters.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace clientele::inference {
namespace {

absl::CivilMonth FirstMonthOf(absl::CivilMonth month) { return month - (month.month() - 1) % 3; }

}  // namespace

std::vector<Quarter> QuartersBetween(absl::Time first, absl::Time last, absl::TimeZone zone, int most) {
  const absl::CivilMonth from = FirstMonthOf(absl::ToCivilMonth(first, zone));
  std::vector<Quarter> quarters;
  for (absl::CivilMonth month = FirstMonthOf(absl::ToCivilMonth(last, zone));
       month >= from && static_cast<int>(quarters.size()) < most; month -= 3) {
    quarters.push_back({absl::StrCat(month.year(), "-Q", (month.month() - 1) / 3 + 1),
                        absl::FromCivil(month, zone), absl::FromCivil(month + 3, zone)});
  }
  return quarters;
}

}  // namespace clientele::inference
