// Customers with a past that a test writes down, as ingestion would tell it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/base/timestamps.h"
#include "services/inference/scoring/customer_history.h"

namespace clientele::testutil {

// `recency` is the days since the newest event, `visits` how many there were, `plan` missing; other features are
// unknown. Thread-safe for reading.
class FakeHistory final : public inference::CustomerHistory {
 public:
  void Add(const std::string& customer, absl::Time event, absl::Time ingest, const std::string& type = "page_view") {
    ingestion::v1::Record record;
    *record.mutable_event_time() = ToProto(event);
    *record.mutable_ingest_time() = ToProto(ingest);
    record.mutable_interaction()->set_type(type);
    auto& records = customers[customer];
    const auto place = std::upper_bound(records.begin(), records.end(), event, [](absl::Time time, const auto& other) {
      return time < FromProto(other.event_time());
    });
    records.insert(place, std::move(record));
  }

  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FeaturesAt(const TenantId&,
                                                                     absl::Span<const std::string> customer_ids,
                                                                     absl::Span<const std::string> features,
                                                                     const inference::PastInstant& instant,
                                                                     const rpc::Call&) override {
    if (!status.ok()) return status;
    ++reads;
    const absl::Time as_of = instant.as_of.value_or(now);
    const absl::Time known_at = instant.known_at.value_or(as_of);
    const absl::Time last = std::min(as_of, instant.events_until.value_or(as_of));
    ingestion::v1::BatchGetFeaturesResponse response;
    *response.mutable_as_of() = ToProto(as_of);
    response.mutable_features()->Add(features.begin(), features.end());
    for (const std::string& id : customer_ids) {
      auto& row = *response.add_rows();
      row.set_customer_id(id);
      int visits = 0;
      absl::Time newest = absl::InfinitePast();
      for (const auto& record : customers[id]) {
        if (FromProto(record.event_time()) > last || FromProto(record.ingest_time()) > known_at) continue;
        ++visits;
        newest = FromProto(record.event_time());
      }
      row.set_found(visits > 0);
      for (const std::string& feature : features) {
        auto& value = *row.add_values();
        if (feature == "visits") value.set_number(visits);
        if (feature == "recency" && visits > 0) value.set_number(absl::ToDoubleHours(as_of - newest) / 24);
      }
    }
    return response;
  }

  absl::Status ForEachRecord(const TenantId&, const std::string& customer_id, const rpc::Call&,
                             absl::FunctionRef<bool(const ingestion::v1::Record&)> visit) override {
    const auto& records = customers[customer_id];
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (!visit(*record)) break;
    }
    return absl::OkStatus();
  }

  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  absl::Status status = absl::OkStatus();  // Not OK: what every reading of features fails with.
  int reads = 0;
  std::map<std::string, std::vector<ingestion::v1::Record>> customers;  // By event time.
};

}  // namespace clientele::testutil
