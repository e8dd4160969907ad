#include "services/training/jobs/checkpoint_directory.h"

#include <chrono>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "services/training/jobs/job_times.h"

namespace clientele::training {

namespace fs = std::filesystem;

std::string CheckpointDirectoryOf(const std::string& root, const v1::TrainingJob& job) {
  const std::string tenant = job.name().substr(0, job.name().find("/trainingJobs/"));
  const std::string what =
      absl::StrCat(tenant, "\n", DatasetOf(job).SerializeAsString(), "\n", job.spec().SerializeAsString());
  return absl::StrCat(root, "/", Sha256Hex(what));
}

bool IsFinal(const v1::WorkerResult& result) {
  const auto code = static_cast<absl::StatusCode>(result.error().code());
  return !result.has_error() || code == absl::StatusCode::kFailedPrecondition ||
         code == absl::StatusCode::kInvalidArgument;
}

void SweepCheckpoints(const std::string& root, absl::Duration age) {
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - absl::ToChronoSeconds(age);
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
    const auto written = entry.last_write_time(error);
    if (!error && written < oldest) fs::remove_all(entry.path(), error);
  }
}

}  // namespace clientele::training
