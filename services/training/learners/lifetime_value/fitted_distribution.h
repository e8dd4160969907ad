// A fit as the message that travels with the model.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "services/training/learners/btyd/fit.h"

namespace clientele::training {

// A covariate column of a fit: what it moves, and which of the model's columns it is.
struct FittedColumn {
  absl::string_view parameter;  // "purchase rate".
  std::string column;           // "plan=gold".
  int column_index = 0;
};

// `columns` go with the fit's coefficients, one each.
model::v1::FittedDistribution ToMessage(const btyd::BtydFit& fit, absl::Span<const absl::string_view> parameter_names,
                                        const std::vector<FittedColumn>& columns);

}  // namespace clientele::training
