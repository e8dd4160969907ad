// How long a label looks ahead.
#pragma once

#include "clientele/common/v1/dataset.pb.h"

namespace clientele::dataset {

// Days of the label's window; 0: it has none.
inline int LabelWindowDays(const common::v1::Label& label) {
  using common::v1::Label;
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin: return label.no_purchase_within().days();
    case Label::kPurchaseWithin: return label.purchase_within().days();
    case Label::kSpendWithin: return label.spend_within().days();
    case Label::kPurchasesWithin: return label.purchases_within().days();
    case Label::kOutcome: return label.outcome().days();
    default: return 0;
  }
}

}  // namespace clientele::dataset
