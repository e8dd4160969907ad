// What one version scored, as those who watch scores see it; and the seam to them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/ids.h"
#include "common/model/cell.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

// A score as one number and one decision: probability and whether it is positive; value; distance and segment;
// probability and index of the likeliest class; hazard ratio; the sum of RFM scores and the segment.
struct ScoreSummary {
  double score = 0;
  int32_t decision = 0;
};
ScoreSummary SummaryOf(const v1::Score& score);

// Which version scored, and why that one.
struct ScoredBy {
  TenantId tenant;
  std::string model;
  std::shared_ptr<const Version> version;  // AVAILABLE.
  std::string alias = {};
  std::string arm = {};
  bool by_model = false;  // The model was asked for by its own name.
};

// Some rows with all they were scored by, copied out of their calls' messages. Thread-compatible.
class ScoredRows {
 public:
  ScoredRows(ScoredBy by, int capacity);

  // `row` has a cell for each feature of the version. Cost: a copy of it. Its times are set here, or for all rows
  // below.
  void Add(absl::string_view customer_id, absl::Span<const model::Cell> row, const v1::Score& score,
           absl::Duration scoring_time = absl::ZeroDuration(), absl::Time time = absl::Time());
  // Of all rows: what scoring them took together, and when it was.
  void set_scoring_time(absl::Duration all_rows);
  void set_time(absl::Time time);
  bool IsBy(const ScoredBy& by) const;

  const ScoredBy& by() const { return by_; }
  int size() const { return static_cast<int>(rows_.size()); }
  // Empty: nobody's.
  absl::string_view customer_id(int i) const { return Text(FirstText(i)); }
  const ScoreSummary& summary(int i) const { return rows_[i].summary; }
  absl::Time time(int i) const { return rows_[i].time; }
  double micros(int i) const { return rows_[i].micros; }  // That scoring took.
  // Sets every cell; texts point into this.
  void Read(int i, absl::Span<model::Cell> row) const;
  // Of the cells' values: equal rows have equal digests.
  uint64_t Digest(int i) const;

 private:
  struct Row {
    ScoreSummary summary;
    absl::Time time;
    double micros = 0;
  };

  absl::Span<const int> categories() const { return by_.version->model->categories(); }
  size_t FirstText(int i) const { return static_cast<size_t>(i) * (categories().size() + 1); }
  absl::string_view Text(size_t index) const {
    return absl::string_view(texts_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }

  ScoredBy by_;
  size_t features_;
  // A row alone is the usual, and takes memory for its numbers alone.
  absl::InlinedVector<Row, 1> rows_;
  std::vector<double> numbers_;            // [n x features]; NaN where missing or a category.
  std::string texts_;                      // Of each row its customer's id, then its categories, "" where missing.
  absl::InlinedVector<uint32_t, 8> ends_;  // Of the texts. [n x (categories + 1) + 1], from 0 on.
};

// Watches what is scored. Thread-safe; never blocks, for it is on the way of every score.
class ScoreObserver {
 public:
  virtual ~ScoreObserver() = default;
  // Whether it would take so many rows now: where not, nobody need copy them.
  virtual bool Wants(int rows) = 0;
  virtual void Observe(ScoredRows rows) = 0;
  // The same of a row that was scored alone.
  virtual void ObserveOne(const ScoredBy& by, absl::string_view customer_id, absl::Span<const model::Cell> row,
                          const v1::Score& score, absl::Duration scoring_time) {
    ScoredRows alone(by, 1);
    alone.Add(customer_id, row, score, scoring_time);
    Observe(std::move(alone));
  }
};

}  // namespace clientele::inference
