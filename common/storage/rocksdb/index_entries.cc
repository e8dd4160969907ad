#include "common/storage/rocksdb/index_entries.h"

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/timestamps.h"
#include "common/storage/postgresql/values.h"
#include "common/storage/rescore_store.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

std::string Text(absl::string_view text) {
  std::string bytes;
  AppendText(text, bytes);
  return bytes;
}

// tenant, job_id, message
std::vector<IndexEntry> OfJob(const Row& row) {
  using training::v1::TrainingJob;
  TrainingJob job;
  job.ParseFromString(std::string(row[2]));
  const auto micros = static_cast<uint64_t>(absl::ToUnixMicros(FromProto(job.create_time())));
  std::string by_time = Text(row[0]), open;
  AppendUnsigned64(~micros, by_time);
  AppendText(row[1], by_time);
  std::vector<IndexEntry> entries = {{"order", by_time, ""}};
  if (job.state() != TrainingJob::STATE_QUEUED && job.state() != TrainingJob::STATE_RUNNING) return entries;
  AppendUnsigned64(micros, open);
  AppendText(row[0], open);
  AppendText(row[1], open);
  entries.push_back({"open", open, ""});
  return entries;
}

// tenant, id, message
std::vector<IndexEntry> OfRescoreJob(const Row& row) {
  inference::v1::RescoreJob job;
  job.ParseFromString(std::string(row[2]));
  if (HasEnded(job)) return {};
  return {{"open", Text(row[0]) + Text(row[1]), std::string(row[2])}};
}

// tenant, number, customer_id, request_id, ...
std::vector<IndexEntry> OfErasure(const Row& row) {
  if (row[3].empty()) return {};
  return {{"privacy", absl::StrCat(Text(row[0]), "q", row[3]), std::string(row[1])}};
}

// tenant, digest, purpose, sequence, message
std::vector<IndexEntry> OfConsent(const Row& row) {
  return {{"consents", absl::StrCat(absl::string_view("\0c", 2), row[3]), absl::StrCat(Text(row[0]), row[1], row[2])}};
}

}  // namespace

std::vector<IndexEntry> IndexEntries(const Layout& layout, const Row& row) {
  if (layout.name == "training_jobs") return OfJob(row);
  if (layout.name == "rescore_jobs") return OfRescoreJob(row);
  if (layout.name == "erasures") return OfErasure(row);
  if (layout.name == "scoring_consents") return OfConsent(row);
  if (layout.name == "retention") return {{"catalogue", absl::StrCat(absl::string_view("\0r", 2), row[0]), ""}};
  return {};
}

}  // namespace clientele::storage
