#include "services/training/jobs/job_times.h"

#include <algorithm>

#include "common/base/timestamps.h"

namespace clientele::training {
namespace {

absl::Duration Window(const common::v1::DatasetSpec& dataset) {
  return absl::Hours(24) * dataset.label().spend_within().days();
}

// Only the dataset of the job itself judges.
common::v1::DatasetSpec WithoutJudging(common::v1::DatasetSpec dataset) {
  dataset.clear_auxiliary_labels();
  dataset.clear_purchase_series_days();
  return dataset;
}

}  // namespace

void FixTimes(absl::Time now, v1::TrainingJob& job) {
  const common::v1::DatasetSpec& dataset = job.spec().dataset();
  *job.mutable_create_time() = ToProto(now);
  if (dataset.has_known_at()) {
    *job.mutable_known_at() = dataset.known_at();
  } else {
    *job.mutable_known_at() = dataset.has_as_of() ? dataset.as_of() : job.create_time();
  }
  *job.mutable_labels_known_at() = dataset.has_labels_known_at() ? dataset.labels_known_at() : job.create_time();
}

common::v1::DatasetSpec DatasetOf(const v1::TrainingJob& job) {
  common::v1::DatasetSpec dataset = job.spec().dataset();
  if (!dataset.has_as_of()) *dataset.mutable_as_of() = job.create_time();
  *dataset.mutable_known_at() = job.known_at();
  if (dataset.has_label()) *dataset.mutable_labels_known_at() = job.labels_known_at();
  return dataset;
}

std::optional<common::v1::DatasetSpec> EarlierDatasetOf(const v1::TrainingJob& job) {
  if (!job.spec().has_value_selection()) return std::nullopt;
  common::v1::DatasetSpec dataset = WithoutJudging(DatasetOf(job));
  const absl::Time as_of = FromProto(dataset.as_of()), known_at = FromProto(dataset.known_at());
  *dataset.mutable_as_of() = ToProto(as_of - Window(dataset));
  *dataset.mutable_labels_known_at() = ToProto(std::max(as_of, known_at));
  return dataset;
}

std::optional<common::v1::DatasetSpec> NewestDatasetOf(const v1::TrainingJob& job) {
  if (!job.spec().has_value_selection()) return std::nullopt;
  common::v1::DatasetSpec dataset = WithoutJudging(DatasetOf(job));
  *dataset.mutable_as_of() = ToProto(FromProto(dataset.as_of()) + Window(dataset));
  *dataset.mutable_known_at() = dataset.labels_known_at();
  dataset.clear_label();
  dataset.clear_labels_known_at();
  return dataset;
}

}  // namespace clientele::training
