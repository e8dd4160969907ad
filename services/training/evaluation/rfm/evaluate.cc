#include "services/training/evaluation/rfm/evaluate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/rfm/scorer.h"
#include "services/training/evaluation/rfm/tally.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::RowSelection;
using dataset::Shard;
using model::RfmScorer;
using model::RfmScores;
using model::RfmValues;
using model::v1::RfmEvaluation;
using model::v1::RfmModel;

absl::StatusOr<int> NumberColumn(const Dataset& dataset, const std::string& feature) {
  const int column = dataset.FindColumn(feature);
  if (column >= 0 && !dataset.places[column].is_category) return column;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat("the dataset has no number column \"", feature, "\""));
}

// Days that a recency counts beyond the end of its window.
double DaysBeyond(const FeatureDefinition& feature) {
  const bool since_last = feature.aggregate().aggregation() == FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST;
  return since_last ? feature.aggregate().window_skip_days() : 0;
}

// Reads a customer's three numbers.
class ValueReader {
 public:
  static absl::StatusOr<ValueReader> Create(const Dataset& dataset, const RfmFeatures& features) {
    ValueReader reader(dataset);
    CLIENTELE_ASSIGN_OR_RETURN(const int recency, NumberColumn(dataset, features.recency));
    CLIENTELE_ASSIGN_OR_RETURN(const int frequency, NumberColumn(dataset, features.frequency));
    CLIENTELE_ASSIGN_OR_RETURN(const int monetary, NumberColumn(dataset, features.monetary));
    reader.recency_ = dataset.places[recency].index;
    reader.frequency_ = dataset.places[frequency].index;
    reader.monetary_ = dataset.places[monetary].index;
    reader.days_beyond_ = DaysBeyond(dataset.header.columns(recency).feature());
    return reader;
  }

  RfmValues Read(const Shard& shard, int64_t row) const {
    const float* numbers = shard.numbers.data() + row * dataset_->number_columns;
    const auto at = [numbers](int column) {
      return std::isnan(numbers[column]) ? model::kMissingRaw : numbers[column];
    };
    RfmValues values{at(recency_), at(frequency_), at(monetary_)};
    if (days_beyond_ > 0 && !model::IsMissingRaw(values.recency)) {
      values.recency = std::max(0.0, values.recency - days_beyond_);
    }
    return values;
  }

 private:
  explicit ValueReader(const Dataset& dataset) : dataset_(&dataset) {}

  const Dataset* dataset_;
  int recency_ = 0;  // Indices among the number columns.
  int frequency_ = 0;
  int monetary_ = 0;
  double days_beyond_ = 0;
};

void AddCustomer(RfmCount& count, double value) {
  ++count.customers;
  count.value += value;
}

class Evaluation {
 public:
  Evaluation(const Dataset& dataset, const RfmScorer& scorer, ValueReader now, std::optional<ValueReader> previous)
      : dataset_(dataset), scorer_(scorer), now_(now), previous_(previous) {}

  RfmTally Count(const RowSelection& selection) const {
    RfmTally tally(scorer_);
    for (int s = 0; s < kShardCount; ++s) {
      RfmTally of_shard(scorer_);
      for (int64_t row = 0; row < dataset_.shards[s].rows; ++row) {
        if (selection.Has(s, row)) AddRow(dataset_.shards[s], row, of_shard);
      }
      if (dataset_.shards[s].rows > 0) tally.Add(of_shard);
    }
    return tally;
  }

 private:
  void AddRow(const Shard& shard, int64_t row, RfmTally& tally) const {
    const RfmValues values = now_.Read(shard, row);
    const RfmScores scores = scorer_.Score(values);
    const int segment = scorer_.SegmentOf(scores);
    const double value = scores.any() ? values.monetary : 0;
    RfmSegmentTally& sums = tally.segments[segment];
    ++sums.customers;
    if (scores.any()) {
      sums.value += value;
      sums.recency += values.recency;
      sums.frequency += values.frequency;
      AddCustomer(tally.cells[scorer_.CellOf(scores)], value);
    }
    if (dataset_.header.has_label()) sums.label += shard.labels[row];
    if (!previous_) return;
    const RfmValues then = previous_->Read(shard, row);
    const int from = scorer_.SegmentOf(scorer_.Score(then));
    if (from != scorer_.no_purchase()) {
      ++tally.segments[from].previous_customers;
      tally.segments[from].previous_value += then.monetary;
    } else if (!scores.any()) {
      return;  // Never was a customer.
    }
    AddCustomer(tally.Move(from, segment), value);
  }

  const Dataset& dataset_;
  const RfmScorer& scorer_;
  const ValueReader now_;
  const std::optional<ValueReader> previous_;
};

double Ratio(double a, double b) { return b == 0 ? 0 : a / b; }

void AddSegments(const RfmModel& model, const RfmTally& tally, bool has_label, bool has_previous,
                 RfmEvaluation& evaluation) {
  double customers = 0, value = 0;
  for (int s = 0; s < model.segments_size(); ++s) {
    customers += static_cast<double>(tally.segments[s].customers);
    value += tally.segments[s].value;
  }
  for (int s = 0; s < model.segments_size(); ++s) {
    const RfmSegmentTally& sums = tally.segments[s];
    const auto rows = static_cast<double>(sums.customers);
    RfmEvaluation::Segment& segment = *evaluation.add_segments();
    segment.set_name(model.segments(s).name());
    segment.set_action(model.segments(s).action());
    segment.set_customers(sums.customers);
    segment.set_share(Ratio(rows, customers));
    segment.set_value(sums.value);
    segment.set_value_share(Ratio(sums.value, value));
    segment.set_mean_recency(Ratio(sums.recency, rows));
    segment.set_mean_frequency(Ratio(sums.frequency, rows));
    segment.set_mean_monetary(Ratio(sums.value, rows));
    if (has_label && sums.customers > 0) segment.set_label_mean(sums.label / rows);
    if (!has_previous) continue;
    segment.set_previous_customers(sums.previous_customers);
    segment.set_previous_value(sums.previous_value);
  }
  evaluation.set_unscored(tally.segments.back().customers);
}

void AddCells(const RfmScorer& scorer, const RfmTally& tally, RfmEvaluation& evaluation) {
  const model::RfmCuts& cuts = scorer.cuts();
  evaluation.mutable_recency_counts()->Resize(model::LevelsOf(cuts.recency), 0);
  evaluation.mutable_frequency_counts()->Resize(model::LevelsOf(cuts.frequency), 0);
  evaluation.mutable_monetary_counts()->Resize(model::LevelsOf(cuts.monetary), 0);
  for (int c = 0; c < scorer.num_cells(); ++c) {
    if (tally.cells[c].customers == 0) continue;
    const RfmScores scores = scorer.ScoresOf(c);
    RfmEvaluation::Cell& cell = *evaluation.add_cells();
    cell.set_recency(scores.recency);
    cell.set_frequency(scores.frequency);
    cell.set_monetary(scores.monetary);
    cell.set_customers(tally.cells[c].customers);
    cell.set_value(tally.cells[c].value);
    (*evaluation.mutable_recency_counts())[scores.recency - 1] += cell.customers();
    (*evaluation.mutable_frequency_counts())[scores.frequency - 1] += cell.customers();
    (*evaluation.mutable_monetary_counts())[scores.monetary - 1] += cell.customers();
  }
}

void AddMoves(const RfmModel& model, RfmTally& tally, RfmEvaluation& evaluation) {
  const int none = model.segments_size();
  for (int from = 0; from <= none; ++from) {
    for (int to = 0; to <= none; ++to) {
      const RfmCount& count = tally.Move(from, to);
      if (count.customers == 0) continue;
      RfmEvaluation::Move& move = *evaluation.add_moves();
      if (from != none) move.set_from_segment(model.segments(from).name());
      move.set_to_segment(std::string(model::LabelOf(model, to).name));
      move.set_customers(count.customers);
      move.set_value(count.value);
    }
  }
  std::stable_sort(evaluation.mutable_moves()->begin(), evaluation.mutable_moves()->end(),
                   [](const auto& a, const auto& b) { return a.customers() > b.customers(); });
}

}  // namespace

absl::StatusOr<RfmEvaluation> EvaluateRfm(const RfmModel& model, const Dataset& dataset, const RowSelection& selection,
                                          const RfmFeatures& now, const std::optional<RfmFeatures>& previous) {
  CLIENTELE_ASSIGN_OR_RETURN(const RfmScorer scorer, RfmScorer::Create(model));
  CLIENTELE_ASSIGN_OR_RETURN(const ValueReader now_reader, ValueReader::Create(dataset, now));
  std::optional<ValueReader> previous_reader;
  if (previous) {
    CLIENTELE_ASSIGN_OR_RETURN(previous_reader, ValueReader::Create(dataset, *previous));
  }
  RfmTally tally = Evaluation(dataset, scorer, now_reader, previous_reader).Count(selection);
  RfmEvaluation evaluation;
  AddSegments(model, tally, dataset.header.has_label(), previous.has_value(), evaluation);
  AddCells(scorer, tally, evaluation);
  AddMoves(model, tally, evaluation);
  return evaluation;
}

}  // namespace clientele::training
