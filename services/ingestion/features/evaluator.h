// Runs a plan over one customer after another: one pass over each history gives all features.
//
//   Evaluator evaluator(plan, {as_of, known_at, zone});
//   evaluator.Begin();
//   for (each record of the customer, by event time) evaluator.Add(record);
//   if (evaluator.seen()) { evaluator.Finish(); use evaluator.number(column); }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/accumulators.h"
#include "services/ingestion/features/interner.h"
#include "services/ingestion/features/local_days.h"
#include "services/ingestion/features/plan.h"
#include "services/ingestion/features/selections.h"

namespace clientele::features {

// Features see what had happened by as_of and had been ingested by known_at.
struct Instant {
  absl::Time as_of;
  absl::Time known_at;
  absl::TimeZone zone;  // Of calendar days.
  // Earlier than as_of: they see what had happened by then, as if nothing came after.
  absl::Time events_until = absl::InfiniteFuture();
};

// Thread-compatible: one for each thread; they share the plan.
class Evaluator {
 public:
  Evaluator(std::shared_ptr<const Plan> plan, const Instant& instant);

  // A new customer.
  void Begin();
  // One record, in the order of event times; those after the instant are passed over. False where its bytes are
  // damaged.
  bool Add(const storage::StoredRecord& record);
  // Computes the values; once, after the last record.
  void Finish();

  bool seen() const { return seen_; }  // Whether any record was.
  int64_t last_event_micros() const { return last_event_micros_; }

  // After Finish(). NaN where missing; always finite else. Of a number column.
  double number(int column) const { return numbers_[plan_->program().columns[column]]; }
  // "" where missing. Of a category column; holds until Begin().
  absl::string_view text(int column) const { return texts_[plan_->program().columns[column]]; }

  const Plan& plan() const { return *plan_; }

 private:
  struct AttributeState {
    ValueView value;  // A text lies in `text`.
    std::string text;
  };

  bool AddProfile(const RecordView& view);
  bool ReadProperties(const KindProgram& kind, const RecordView& view);
  void Run(const KindProgram& kind, uint32_t schedule, const RecordView& view, int64_t event_micros);
  void ApplyNumber(const Operation& operation, const Source& source, const RecordView& view);
  void ApplyText(const Operation& operation, const Source& source, const RecordView& view);
  bool ReadNumber(const Source& source, const RecordView& view, double& number) const;
  absl::string_view ReadText(const Source& source, const RecordView& view);

  void Evaluate(const Node& node, uint32_t index);
  double StateNumber(const Node& node) const;
  double DaysNumber(const Node& node) const;
  double MoneyNumber(const Node& node) const;
  double PlainNumber(const Node& node) const;
  double DerivedNumber(const Node& node) const;
  double SummaryNumber(const Node& node) const;
  double UnitsNumber(const Node& node) const;
  double AttributeNumber(const AttributeState& attribute) const;
  absl::string_view StateText(const Node& node) const;
  absl::string_view MostFrequent(const TextsState& state, const Interner& interner) const;

  const std::shared_ptr<const Plan> plan_;
  const Program& program_;
  const int64_t as_of_micros_;
  const int64_t last_seen_micros_;  // Of event times: as_of, or events_until where that is earlier.
  const int64_t known_at_micros_;
  LocalDays days_;
  const int32_t as_of_day_;
  std::vector<int64_t> interval_ends_;  // [borders], ascending.
  Selections selections_;

  // Of the customer.
  bool seen_ = false;
  int64_t last_event_micros_ = 0;
  size_t interval_ = 0;
  std::vector<int64_t> counts_;
  std::vector<DaysState> day_states_;
  std::vector<MoneyState> money_;
  std::vector<SpreadState> money_spreads_;
  std::vector<NumberState> plain_numbers_;
  std::vector<SpreadState> number_spreads_;
  std::vector<TextsState> text_counts_;
  std::vector<std::string> first_texts_;  // "" until there is one.
  std::vector<std::string> last_texts_;
  std::vector<PurchaseState> purchases_;
  std::vector<PurchaseUnitsState> purchase_units_;
  std::vector<Interner> interners_;
  std::vector<AttributeState> attributes_;
  std::vector<double> numbers_;  // [nodes]
  std::vector<absl::string_view> texts_;
  std::vector<std::string> written_;  // [nodes] Texts of attributes that are numbers, written out.

  // Of the record.
  std::vector<ValueView> properties_;
  std::vector<uint64_t> bits_;
  std::string scratch_;
};

}  // namespace clientele::features
