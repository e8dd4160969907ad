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

// NaN stays; what float32 cannot hold becomes its largest number.
float Narrow(double number) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (number > kLargest) return std::numeric_limits<float>::max();
  if (number < -kLargest) return -std::numeric_limits<float>::max();
  return static_cast<float>(number);
}

// Sees the records of a shard one by one and adds a row for each customer who is one.
class ShardReader {
 public:
  ShardReader(const CompiledSpec& spec, Evaluator& evaluator, const StopToken& stop, ShardRows& rows)
      : spec_(spec), stop_(stop), rows_(rows), evaluator_(evaluator) {
    if (spec.label) label_.emplace(*spec.label, spec.instant.as_of, spec.labels_known_at);
    for (int i = 0; i < spec.columns; ++i) {
      if (spec.plan->type(i) == common::v1::FEATURE_TYPE_CATEGORY) rows_.dictionaries.emplace_back();
    }
  }

  bool Add(const storage::StoredRecord& record) {
    if (++records_ % kRecordsPerPoll == 0 && !(status_ = stop_.Check()).ok()) return false;
    if (record.first_of_customer) {
      EndCustomer();
      in_customer_ = true;
      customer_id_.assign(record.customer_id.data(), record.customer_id.size());
      evaluator_.Begin();
      if (label_) label_->Begin();
    }
    if (evaluator_.Add(record) && (!label_ || label_->Add(record))) return true;
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

  void EndCustomer() {
    if (!in_customer_ || !evaluator_.seen()) return;
    double label = 0;
    if (label_ && !label_->Finish(label)) return;
    evaluator_.Finish();
    for (const CompiledSpec::Condition& condition : spec_.conditions) {
      const double number = evaluator_.number(condition.column);
      if (!(number >= condition.at_least && number <= condition.at_most)) return;  // Also where missing.
    }
    AddRow();
    if (label_) rows_.labels.push_back(label);
  }

  void AddRow() {
    rows_.customer_ids.push_back(customer_id_);
    size_t category = 0;
    for (int i = 0; i < spec_.columns; ++i) {
      if (spec_.plan->type(i) != common::v1::FEATURE_TYPE_CATEGORY) {
        rows_.numbers.push_back(Narrow(evaluator_.number(i)));
        continue;
      }
      const absl::string_view text = evaluator_.text(i);
      Interner& dictionary = rows_.dictionaries[category++];
      rows_.categories.push_back(text.empty() ? 0 : 1 + dictionary.Intern(text));
    }
  }

  const CompiledSpec& spec_;
  const StopToken& stop_;
  ShardRows& rows_;
  Evaluator& evaluator_;
  std::optional<LabelReader> label_;
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
