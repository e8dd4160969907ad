#include "services/ingestion/features/shard_rows.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/labels.h"

namespace clientele::features {
namespace {

// NaN stays; what float32 cannot hold becomes its largest number. Without branches.
float Narrow(double number) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const double not_above = kLargest < number ? kLargest : number;
  return static_cast<float>(not_above < -kLargest ? -kLargest : not_above);
}

// Sees the records of a shard one by one and adds a row for each customer who is one.
class ShardReader {
 public:
  ShardReader(const CompiledSpec& spec, Evaluator& evaluator, const StopToken& stop, ShardRows& rows)
      : spec_(spec), stop_(stop), rows_(rows), evaluator_(evaluator) {
    const Instant& instant = spec.instant;
    if (spec.label) label_.emplace(*spec.label, instant.as_of, spec.labels_known_at, instant.zone);
    for (const common::v1::Label& label : spec.auxiliary_labels) {
      auxiliary_labels_.emplace_back(label, instant.as_of, spec.labels_known_at, instant.zone);
    }
    if (spec.purchase_series_days > 0) purchases_.emplace(instant, spec.labels_known_at, spec.labels_end);
    for (int i = 0; i < spec.columns; ++i) {
      (spec.plan->type(i) == common::v1::FEATURE_TYPE_CATEGORY ? category_columns_ : number_columns_).push_back(i);
    }
    rows_.dictionaries.resize(category_columns_.size());
  }

  bool Add(const storage::StoredRecord& record) {
    if (++records_ % kRecordsPerPoll == 0 && !(status_ = stop_.Check()).ok()) return false;
    if (record.first_of_customer) {
      EndCustomer();
      in_customer_ = !spec_.leaves_out || !spec_.leaves_out(record.customer_id);
      if (!in_customer_) return true;
      customer_id_.assign(record.customer_id.data(), record.customer_id.size());
      BeginCustomer();
    }
    if (!in_customer_) return true;
    if (evaluator_.Add(record) && (!label_ || label_->Add(record)) && AddToOthers(record)) return true;
    status_ = Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
    return false;
  }

  absl::Status End() {
    CLIENTELE_RETURN_IF_ERROR(status_);
    EndCustomer();
    return absl::OkStatus();
  }

 private:
  static constexpr int64_t kRecordsPerPoll = 4'096;

  void BeginCustomer() {
    evaluator_.Begin();
    if (label_) label_->Begin();
    for (LabelReader& label : auxiliary_labels_) label.Begin();
    if (purchases_) purchases_->Begin();
  }

  // What no model learns from.
  bool AddToOthers(const storage::StoredRecord& record) {
    for (LabelReader& label : auxiliary_labels_) {
      if (!label.Add(record)) return false;
    }
    return !purchases_ || purchases_->Add(record);
  }

  void EndCustomer() {
    if (!in_customer_ || !evaluator_.seen()) return;
    double label = 0;
    if (label_ && !label_->Finish(label)) return;
    evaluator_.Finish();
    for (const CompiledSpec::Condition& condition : spec_.conditions) {
      const double number = evaluator_.number(condition.column);
      if (!(number >= condition.at_least && number <= condition.at_most)) return;  // Also where missing.
    }
    if (spec_.has_opted_out && spec_.has_opted_out(customer_id_)) {
      ++rows_.opted_out_rows;
      return;
    }
    AddRow();
    if (label_) rows_.labels.push_back(label);
    for (const LabelReader& reader : auxiliary_labels_) {
      double auxiliary = 0;
      rows_.auxiliary_labels.push_back(reader.Finish(auxiliary) ? auxiliary : kMissing);
    }
    if (purchases_) purchases_->AddTo(rows_.purchases);
  }

  void AddRow() {
    rows_.customer_ids.push_back(customer_id_);
    const size_t before = rows_.numbers.size();
    rows_.numbers.resize(before + number_columns_.size());
    float* number = rows_.numbers.data() + before;
    for (const int column : number_columns_) *number++ = Narrow(evaluator_.number(column));
    for (size_t i = 0; i < category_columns_.size(); ++i) {
      const absl::string_view text = evaluator_.text(category_columns_[i]);
      rows_.categories.push_back(text.empty() ? 0 : 1 + rows_.dictionaries[i].Intern(text));
    }
  }

  const CompiledSpec& spec_;
  const StopToken& stop_;
  ShardRows& rows_;
  Evaluator& evaluator_;
  std::vector<int> number_columns_;  // Of the plan.
  std::vector<int> category_columns_;
  std::optional<LabelReader> label_;
  std::vector<LabelReader> auxiliary_labels_;
  std::optional<PurchaseDaysReader> purchases_;
  bool in_customer_ = false;
  std::string customer_id_;
  int64_t records_ = 0;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<ShardRows> ReadShardRows(const storage::RecordStore& store, const TenantId& tenant, int shard,
                                        const CompiledSpec& spec, Evaluator& evaluator, const StopToken& stop) {
  CLIENTELE_RETURN_IF_ERROR(stop.Check());
  ShardRows rows;
  rows.shard = shard;
  ShardReader reader(spec, evaluator, stop, rows);
  CLIENTELE_RETURN_IF_ERROR(store.ScanShard(
      tenant, shard, "", [&reader](const storage::StoredRecord& record) { return reader.Add(record); }));
  CLIENTELE_RETURN_IF_ERROR(reader.End());
  return rows;
}

}  // namespace clientele::features
