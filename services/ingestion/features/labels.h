// What is to be predicted: a function of a customer's records after as_of. Features see the other side of as_of, so
// that neither can see what the other does; only a profile attribute is a label wherever it lies, and it is then
// refused as a feature (see dataset_spec.h).
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/accumulators.h"
#include "services/ingestion/features/local_days.h"
#include "services/ingestion/features/record_fields.h"

namespace clientele::features {

inline constexpr int kMaxLabelDays = 3'650;
inline constexpr int kMaxLabelClasses = 100;

// When the label's window ends; `as_of` where it has none.
absl::Time EndOf(const common::v1::Label& label, absl::Time as_of);

// OK; or INVALID_ARGUMENT naming the field under `path`: no kind, days out of range, a name missing, classes that are not 2
// to kMaxLabelClasses different values, or a window that is not over at `known_at`, whose labels nobody can know yet.
absl::Status ValidateLabel(absl::string_view path, const common::v1::Label& label, absl::Time as_of,
                           absl::Time known_at);

// Thread-compatible. Begin(), then Add() for every record of the customer in the order of event times, then Finish().
class LabelReader {
 public:
  // `label` must be valid. Sees records ingested by `known_at`; days are those of `zone`.
  LabelReader(common::v1::Label label, absl::Time as_of, absl::Time known_at, absl::TimeZone zone);

  void Begin();
  // False where the record's bytes are damaged.
  bool Add(const storage::StoredRecord& record);
  // False for a customer without a label, who is then not a row. The label is finite.
  bool Finish(double& label) const;

 private:
  bool AddAttribute(const storage::StoredRecord& record);

  const common::v1::Label label_;
  const absl::flat_hash_map<std::string, int> classes_;  // An attribute's values, written out; empty: it has no classes.
  const int64_t as_of_micros_;
  const int64_t known_at_micros_;
  const int64_t end_micros_;  // Of the window.
  LocalDays days_;

  DaysState purchase_days_;
  __int128 spend_micros_ = 0;
  bool any_outcome_ = false;
  double outcomes_ = 0;
  ValueView attribute_;  // A text lies in `attribute_text_`.
  std::string attribute_text_;
};

}  // namespace clientele::features
