// Sends batches of records and learns what became of each; outlives a restart of the server.
//
// Up to kMaxOutstanding batches are on their way at once. When the connection breaks, what was not acknowledged is sent
// again, with back-off: a record id is accepted once, so nothing is doubled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

struct IngestBatch {
  std::vector<int64_t> rows;  // Whatever the sender wants to know again of each record; may be empty.
  ingestion::v1::IngestRecordsRequest request;
};

struct IngestStreamOptions {
  int max_outstanding = 8;
  absl::Duration give_up_after = absl::Minutes(1);  // Without a single acknowledgement.
  absl::Duration first_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(5);
};

// One thread calls it; `on_result` is called on that thread, in the order of the batches.
class IngestStream {
 public:
  using OnResult = std::function<void(const IngestBatch&, const ingestion::v1::BatchResult&)>;
  // The connection broke, and is sought again: once each time.
  using OnOutage = std::function<void(const absl::Status& why)>;

  IngestStream(const ServiceOptions& service, std::string parent, const IngestStreamOptions& options,
               OnResult on_result, OnOutage on_outage);
  ~IngestStream();

  IngestStream(const IngestStream&) = delete;
  IngestStream& operator=(const IngestStream&) = delete;

  // Sends 1 to 10,000 records; waits while too many batches are on their way. UNAVAILABLE: the server did not answer
  // for `give_up_after`; what was acknowledged is durable. Any other error is the server's.
  absl::Status Send(IngestBatch batch);

  // Waits until everything is acknowledged.
  absl::Status Finish();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
