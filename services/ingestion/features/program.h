// What a plan compiles to: for each record kind and each interval between two window borders, the groups of records
// that are asked for and what each adds to. Read-only once compiled, so one program serves any number of threads.
//
// A record costs: finding its interval (one comparison), its predicates (a table lookup a text field), the lookup of
// what applies to such records (selections.h), and only those operations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "clientele/common/v1/feature.pb.h"
#include "services/ingestion/features/predicates.h"
#include "services/ingestion/features/record_fields.h"

namespace clientele::features {

// What an operation adds to; each has an array of states of its own.
enum class StateKind : uint8_t {
  kCount,
  kDays,
  kMoney,
  kMoneySpread,
  kNumber,
  kNumberSpread,
  kTexts,
  kFirstText,
  kLastText,
  kPurchases,
  kPurchaseUnits,
};
inline constexpr int kStateKinds = 11;

struct Operation {
  StateKind kind;
  uint16_t source = 0;  // Of numbers: into KindProgram::numbers; texts: KindProgram::texts; units: Program::units.
  uint32_t state = 0;   // Into the array of that kind of state.

  friend bool operator==(const Operation&, const Operation&) = default;
};

// A field that is read, and where its value lies if it is a property.
struct Source {
  FieldRef field;
  int property = -1;      // Into KindProgram::properties.
  int slot = -1;          // Of RecordView::text.
  uint32_t interner = 0;  // Texts: the interner of this source.
};

struct KindProgram {
  Predicates predicates;
  std::vector<std::string> properties;  // Names of the properties that are read.
  std::vector<Source> numbers;
  std::vector<Source> texts;
};

// An operation, and which records it is about: those that pass the filters of a group.
struct ScheduledOperation {
  Operation operation;
  uint32_t group = 0;

  friend bool operator==(const ScheduledOperation&, const ScheduledOperation&) = default;
};

struct Schedule {
  uint32_t groups = 0;
  std::vector<uint64_t> needs;                 // [groups x words of the kind's predicates]
  std::vector<ScheduledOperation> operations;  // By kind of state.

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

enum class NodeKind : uint8_t { kState, kDerived, kAttribute, kSummary };

// How one feature's value is read off the states or computed from other values. Operands come before their users.
struct Node {
  NodeKind kind;
  bool is_category = false;
  StateKind state_kind = StateKind::kCount;
  common::v1::FeatureDefinition::Aggregation aggregation = common::v1::FeatureDefinition::AGGREGATION_UNSPECIFIED;
  common::v1::FeatureDefinition::Derived::Operation operation =
      common::v1::FeatureDefinition::Derived::OPERATION_UNSPECIFIED;
  common::v1::FeatureDefinition::PurchaseSummary::Number number =
      common::v1::FeatureDefinition::PurchaseSummary::NUMBER_UNSPECIFIED;
  uint32_t state = 0;     // Or the attribute.
  uint32_t interner = 0;  // kTexts.
  uint32_t left = 0;      // Derived: nodes.
  uint32_t right = 0;
  double scale = 1;  // Derived: a factor. Summary: days per unit.
};

struct Program {
  std::vector<int64_t> borders;  // Micros before as_of, largest first; the last is 0. Interval i ends at border i.
  KindProgram kinds[kRecordKinds];
  std::vector<Schedule> schedules;    // All different: a window is about one kind, and others need not notice.
  std::vector<uint32_t> schedule_of;  // [borders x kRecordKinds] Into schedules.
  absl::flat_hash_map<std::string, uint32_t> attributes;  // Name -> index.
  std::vector<Node> nodes;
  std::vector<uint32_t> columns;  // The asked features: nodes.
  uint32_t states[kStateKinds] = {};
  uint32_t interners = 0;
  std::vector<double> units;  // In days: those that purchases are counted in.
};

}  // namespace clientele::features
