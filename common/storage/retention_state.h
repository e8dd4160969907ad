// What every backend does alike with a tenant's retention: which records a run takes, and how it is counted.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "clientele/ingestion/v1/retention.pb.h"
#include "common/base/ids.h"
#include "common/base/timestamps.h"

namespace clientele::storage {

// By kind: records that happened before are taken away. The smallest number where a kind has no cut.
using KindCuts = std::array<int64_t, common::v1::RecordKind_ARRAYSIZE>;

inline KindCuts NoCuts() {
  KindCuts micros;
  micros.fill(std::numeric_limits<int64_t>::min());
  return micros;
}

template <typename Cuts>  // Repeated RetentionCut.
KindCuts CutMicros(const Cuts& cuts) {
  KindCuts micros = NoCuts();
  for (const common::v1::RetentionCut& cut : cuts) {
    micros[static_cast<size_t>(cut.kind())] = absl::ToUnixMicros(FromProto(cut.cut_time()));
  }
  return micros;
}

// Whether the last run has records left to see.
inline bool IsUnderWay(const ingestion::v1::StoredRetention& stored) {
  return stored.runs_size() > 0 && stored.runs().rbegin()->state() == ingestion::v1::RetentionRun::STATE_RUNNING &&
         stored.next_shard() < kShardCount;
}

// The entry of the kind, which is added in the order of kinds where there is none.
template <typename Entry>
Entry& EntryOf(common::v1::RecordKind kind, google::protobuf::RepeatedPtrField<Entry>& entries) {
  int place = 0;
  while (place < entries.size() && entries[place].kind() < kind) ++place;
  if (place < entries.size() && entries[place].kind() == kind) return entries[place];
  entries.Add()->set_kind(kind);
  for (int last = entries.size() - 1; last > place; --last) entries.SwapElements(last, last - 1);
  return entries[place];
}

// Counts what the last run has taken away of a kind, and keeps the latest cut that did.
inline void CountExpired(common::v1::RecordKind kind, int64_t count, ingestion::v1::StoredRetention& stored) {
  if (count == 0) return;
  ingestion::v1::RetentionRun& run = *stored.mutable_runs()->rbegin();
  auto& counted = EntryOf(kind, *run.mutable_counts());
  counted.set_count(counted.count() + count);
  auto& removed = EntryOf(kind, *stored.mutable_removed_before());
  for (const common::v1::RetentionCut& cut : run.cuts()) {
    const bool later = !removed.has_cut_time() || FromProto(removed.cut_time()) < FromProto(cut.cut_time());
    if (cut.kind() == kind && later) removed = cut;
  }
}

}  // namespace clientele::storage
