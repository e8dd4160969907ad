// What became of the records that were sent: counts, and why those that were refused were.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// One thread.
class Tally {
 public:
  // `rows` names the records of the batch, in order; where it is empty, their record ids do.
  void Add(const ingestion::v1::IngestRecordsRequest& batch, const std::vector<int64_t>& rows,
           const ingestion::v1::BatchResult& result);

  int64_t sent() const { return accepted + duplicates + conflicts + rejected; }
  // Key and count in a row: sent, accepted, duplicates, conflicts, rejected.
  Table Counts() const;
  // Why records were refused, by reason and field, with an example and the first records; at most kMaxReasons rows.
  Table Reasons() const;
  // Both: {"sent": 2, ..., "reasons": [...]}.
  std::string ToJson() const;

  int64_t accepted = 0;
  int64_t duplicates = 0;
  int64_t conflicts = 0;
  int64_t rejected = 0;

 private:
  static constexpr size_t kMaxReasons = 20;
  static constexpr size_t kExamples = 3;
  struct Reason {
    int64_t count = 0;
    std::string message;                // Of the first.
    std::vector<std::string> examples;  // The first records.
  };
  std::map<std::pair<int, std::string>, Reason> reasons_;  // By reason and field.
};

}  // namespace clientele::cli
