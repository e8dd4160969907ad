// A customer's purchase history, read from columns that may hold anything: whatever comes out can be computed with.
#pragma once

#include "absl/types/span.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::model {

struct LifetimeCustomer {
  // Whether there is a whole history: a customer who never bought has none.
  enum class Known { kComplete, kNeverBought, kIncomplete };
  Known known = Known::kComplete;
  btyd::PurchaseHistory history;
  double mean_spend = 0;   // Of a repeat purchase; 0 where there is none, or nothing to go by.
  double historic_value = 0;
  bool corrected = false;  // Something could not be, and was taken as the nearest that can.
  bool returns_exceed = false;  // There are repeat purchases, and their spend is not above 0.
};

// The nearest history that a customer can have: whole purchases, recency within age, none of it without a repeat purchase;
// in whole units (BG_BB) at most one purchase a unit. Sets `corrected` where that differs by more than float32's rounding.
btyd::PurchaseHistory Plausible(btyd::PurchaseHistory history, bool whole_units, bool& corrected);

// Which of the model's columns hold what. They are raw: see raw_feature.h.
struct HistoryColumns {
  int frequency = 0;
  int recency = 0;
  int age = 0;
  int monetary = 0;
  int historic_value = -1;  // -1: there is none.
  bool whole_units = false;
};
LifetimeCustomer ReadCustomer(absl::Span<const double> columns, const HistoryColumns& where);

}  // namespace clientele::model
