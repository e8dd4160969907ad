#include "tests/benchmark/learner_bench/job_data.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace clientele::benchmark {
namespace {

using training::TrainingMatrix;
using training::TrainingShard;

// Rows [n s / 256, n (s + 1) / 256) go to shard s.
void Spread(int64_t rows, TrainingMatrix& matrix) {
  for (int s = 0; s < kShardCount; ++s) {
    matrix.shards[s].rows = rows * (s + 1) / kShardCount - rows * s / kShardCount;
  }
}

template <typename T>
bool Read(std::ifstream& in, T* to, int64_t count) {
  in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(count * sizeof(T)));
  return in.good() || count == 0;
}

absl::Status TooShort(absl::string_view array) {
  return absl::InvalidArgumentError(absl::StrCat("the file of array ", array, " is shorter than its shape"));
}

}  // namespace

absl::StatusOr<JobData> JobData::Open(const std::string& directory, absl::string_view job) {
  const std::string path = absl::StrCat(directory, "/", job, ".json");
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  nlohmann::json description = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!description.is_object() || !description.contains("arrays")) {
    return absl::InvalidArgumentError(absl::StrCat(path, " describes no arrays"));
  }
  return JobData(directory, std::move(description));
}

std::string JobData::PathOf(absl::string_view array) const {
  return absl::StrCat(directory_, "/", description_["arrays"][std::string(array)]["file"].get<std::string>());
}

std::vector<int64_t> JobData::ShapeOf(absl::string_view array) const {
  return description_["arrays"][std::string(array)]["shape"].get<std::vector<int64_t>>();
}

absl::Status JobData::Check(absl::string_view array, absl::string_view type) const {
  const auto& arrays = description_["arrays"];
  if (!arrays.contains(std::string(array)) || arrays[std::string(array)]["dtype"] != std::string(type)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no array ", array, " of type ", type));
  }
  return absl::OkStatus();
}

absl::Status JobData::ReadRows(absl::string_view array, TrainingMatrix& matrix) const {
  CLIENTELE_RETURN_IF_ERROR(Check(array, "f32"));
  const std::vector<int64_t> shape = ShapeOf(array);
  matrix.columns = static_cast<int>(shape[1]);
  Spread(shape[0], matrix);
  std::ifstream in(PathOf(array), std::ios::binary);
  for (TrainingShard& shard : matrix.shards) {
    shard.values.resize(shard.rows * shape[1]);
    if (!Read(in, shard.values.data(), shard.rows * shape[1])) return TooShort(array);
  }
  return absl::OkStatus();
}

absl::Status JobData::ReadFields(absl::string_view array, int columns, TrainingMatrix& matrix) const {
  CLIENTELE_RETURN_IF_ERROR(Check(array, "i32"));
  const std::vector<int64_t> shape = ShapeOf(array);
  const int fields = static_cast<int>(shape[1]);
  matrix.columns = columns;
  Spread(shape[0], matrix);
  // Where a field's block begins is the least id in its column: two passes over the file, and no copy of it.
  std::vector<int32_t> begins(fields, std::numeric_limits<int32_t>::max());
  std::vector<int32_t> ids;
  for (int pass = 0; pass < 2; ++pass) {
    std::ifstream in(PathOf(array), std::ios::binary);
    for (TrainingShard& shard : matrix.shards) {
      ids.resize(shard.rows * fields);
      if (!Read(in, ids.data(), shard.rows * fields)) return TooShort(array);
      if (pass == 1) shard.categories.resize(ids.size());
      for (size_t i = 0; i < ids.size(); ++i) {
        int32_t& begin = begins[i % fields];
        if (pass == 0) begin = std::min(begin, ids[i]);
        if (pass == 1) shard.categories[i] = static_cast<uint16_t>(ids[i] - begin);
      }
    }
  }
  for (int f = 0; f < fields; ++f) {
    matrix.fields.push_back({begins[f], (f + 1 < fields ? begins[f + 1] : columns) - begins[f]});
  }
  return absl::OkStatus();
}

absl::Status JobData::ReadLabels(absl::string_view array, TrainingMatrix& matrix) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> labels, ReadFloats(array));
  auto next = labels.begin();
  for (TrainingShard& shard : matrix.shards) {
    if (labels.end() - next < shard.rows) return TooShort(array);
    shard.labels.assign(next, next + shard.rows);
    next += shard.rows;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> JobData::ReadFloats(absl::string_view array) const {
  return ReadAs<float>(array, "f32");
}

absl::StatusOr<std::vector<double>> JobData::ReadNumbers(absl::string_view array) const {
  if (Check(array, "f64").ok()) return ReadAs<double>(array, "f64");
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int32_t> counts, ReadAs<int32_t>(array, "i32"));
  return std::vector<double>(counts.begin(), counts.end());
}

template <typename T>
absl::StatusOr<std::vector<T>> JobData::ReadAs(absl::string_view array, absl::string_view type) const {
  CLIENTELE_RETURN_IF_ERROR(Check(array, type));
  int64_t count = 1;
  for (const int64_t extent : ShapeOf(array)) count *= extent;
  std::vector<T> values(count);
  std::ifstream in(PathOf(array), std::ios::binary);
  if (!Read(in, values.data(), count)) return TooShort(array);
  return values;
}

}  // namespace clientele::benchmark
