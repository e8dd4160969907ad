// The counts behind the ingestion report, as every backend keeps them: what one batch adds to each, and the report that
// they make. A counter is addressed by what it counts:
//
//   customers
//   kind        number: kind                       accepted records; least and greatest event time
//   missing     number: kind,    text: field       accepted records without an optional field
//   rejection   number: reason,  text: field       rejections
//   source      text: source,    number: outcome   records of a source by disposition; least and greatest ingest time
//   volume      number: 0 records, 1 bytes         what is stored now: see StoredVolume
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "common/storage/record_store.h"

namespace clientele::storage {

struct Counter {
  int64_t count = 0;
  int64_t least_micros = std::numeric_limits<int64_t>::max();
  int64_t greatest_micros = std::numeric_limits<int64_t>::min();

  void Add(int64_t micros) { Merge({1, micros, micros}); }
  void Merge(const Counter& other) {
    count += other.count;
    least_micros = std::min(least_micros, other.least_micros);
    greatest_micros = std::max(greatest_micros, other.greatest_micros);
  }
};

enum class CounterTag : char {
  kCustomers = 'c',
  kKind = 'k',
  kMissing = 'm',
  kRejection = 'r',
  kSource = 's',
  kVolume = 'v',
};

struct CounterKey {
  CounterTag tag;
  uint8_t number = 0;
  absl::string_view text = "";
};

inline constexpr uint8_t kVolumeRecords = 0, kVolumeBytes = 1;

// What a record adds to the volume.
inline int64_t StoredBytes(absl::string_view body, absl::string_view customer_id, absl::string_view source,
                           absl::string_view record_id) {
  return static_cast<int64_t>(body.size() + customer_id.size() + source.size() + record_id.size());
}

// What one batch changes. Thread-compatible.
class ReportDelta {
 public:
  explicit ReportDelta(int64_t ingest_micros) : ingest_micros_(ingest_micros) {}

  void Count(const NewRecord& record, ingestion::v1::RecordDisposition disposition);
  void Count(const ingestion::v1::RejectedRecord& rejected);
  // A record of `source` whose customer is suppressed.
  void CountSuppressed(absl::string_view source);
  void CountNewCustomers(int64_t customers) { new_customers_ += customers; }
  // Records that came, or with numbers below 0 went.
  void CountStored(int64_t records, int64_t bytes) {
    volume_.records += records;
    volume_.bytes += bytes;
  }

  // Every counter that changes, in an order that two batches share.
  void ForEach(absl::FunctionRef<void(const CounterKey&, const Counter&)> visit) const;

 private:
  using ByDisposition = std::array<Counter, ingestion::v1::RecordDisposition_ARRAYSIZE>;
  struct Missing {
    uint8_t kind;
    absl::string_view field;
    int64_t count;
  };
  Counter& Source(absl::string_view source, ingestion::v1::RecordDisposition disposition);
  void CountRejected(absl::string_view source);
  void CountMissing(uint8_t kind, absl::string_view field);

  const int64_t ingest_micros_;
  int64_t new_customers_ = 0;
  StoredVolume volume_;
  std::array<Counter, common::v1::RecordKind_ARRAYSIZE> kinds_;
  std::vector<Missing> missing_;  // Few: searched one by one, by the address of the name.
  std::map<std::string, ByDisposition, std::less<>> sources_;
  std::pair<const std::string, ByDisposition>* last_source_ = nullptr;  // A batch is mostly of one source.
  std::map<std::pair<uint8_t, std::string>, Counter> rejections_;
};

// Adds one stored counter to `report`, which has no volume. They come in the order of tag, then of what stands first
// above.
void AddToReport(const CounterKey& key, const Counter& counter, ingestion::v1::IngestionReport& report);

}  // namespace clientele::storage
