// Purchases through time of parts of a dataset, put together: sums of whole micros of money by days, and bins at the
// end, as ingestion makes them of all its shards.
#pragma once

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "clientele/common/v1/dataset.pb.h"

namespace clientele::training {

// Thread-compatible.
class PurchaseMerger {
 public:
  // A series in bins of one day. INVALID_ARGUMENT: another one, or a day on which a part's customers spent 2^51 micros
  // or more, which a double does not tell exactly.
  absl::Status Add(const common::v1::PurchaseSeries& by_days);
  common::v1::PurchaseSeries InBins(int bin_days) const;

 private:
  struct Day {
    int64_t first = 0;
    int64_t repeat = 0;
    __int128 spend_micros = 0;
  };
  std::map<int64_t, Day> days_;  // By days since 1970-01-01; those without a purchase too.
  int64_t as_of_day_ = 0;        // Days up to and with the day of as_of.
};

}  // namespace clientele::training
