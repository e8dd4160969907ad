// A benchmark job's data: NAME.json beside raw little-endian row-major arrays, as its "arrays" say
// ({"X": {"file": "...", "dtype": "f32", "shape": [n, d]}}).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "services/training/learners/training_matrix.h"

namespace clientele::benchmark {

class JobData {
 public:
  // NOT_FOUND: no such file. INVALID_ARGUMENT: it is no description of arrays.
  static absl::StatusOr<JobData> Open(const std::string& directory, absl::string_view job);

  const nlohmann::json& parameters() const { return description_["params"]; }
  std::vector<int64_t> ShapeOf(absl::string_view array) const;

  // Rows [n x d] of an f32 array, spread over the shards in order, straight into their memory.
  absl::Status ReadRows(absl::string_view array, training::TrainingMatrix& matrix) const;
  // Category ids [n x c] of an i32 array, each column a field of its own: ids of a field follow those of the one before.
  absl::Status ReadFields(absl::string_view array, int columns, training::TrainingMatrix& matrix) const;
  // One label a row, of an f32 array. After the rows.
  absl::Status ReadLabels(absl::string_view array, training::TrainingMatrix& matrix) const;
  absl::StatusOr<std::vector<float>> ReadFloats(absl::string_view array) const;
  // Of an i32 or an f64 array.
  absl::StatusOr<std::vector<double>> ReadNumbers(absl::string_view array) const;

 private:
  JobData(std::string directory, nlohmann::json description)
      : directory_(std::move(directory)), description_(std::move(description)) {}
  std::string PathOf(absl::string_view array) const;
  // INVALID_ARGUMENT: no such array, or of another type.
  absl::Status Check(absl::string_view array, absl::string_view type) const;
  template <typename T>
  absl::StatusOr<std::vector<T>> ReadAs(absl::string_view array, absl::string_view type) const;

  std::string directory_;
  nlohmann::json description_;
};

}  // namespace clientele::benchmark
