// What is measured, one function a part of the table. Each starts the servers it needs and prints its lines.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace clientele::benchmark {

struct RunOptions {
  std::string directory;  // For the servers' data; emptied by the caller.
  bool brief = false;     // Only to see that all of it works.

  absl::Duration Duration() const { return brief ? absl::Milliseconds(100) : absl::Seconds(2); }
  int Rounds() const { return brief ? 1 : 5; }
};

void MeasureScores(const RunOptions& options);        // One score a call, of features that are given.
void MeasureCustomers(const RunOptions& options);     // One score a call, by customer id.
void MeasureBatches(const RunOptions& options);       // A thousand rows a message.
void MeasureKernels(const RunOptions& options);       // Without a server.
void MeasureSwaps(const RunOptions& options);         // Other models' latency while champions change.
void MeasureManyTenants(const RunOptions& options);   // A thousand tenants with three models each.
void MeasureRepublishing(const RunOptions& options);  // Memory after versions have come and gone.
void MeasureFairness(const RunOptions& options);      // A tenant beside one that floods.
void MeasureSklearn(const RunOptions& options);       // What Python would have cost.

}  // namespace clientele::benchmark
