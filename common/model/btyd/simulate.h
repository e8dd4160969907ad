// Customers drawn from the models: who they are, then what they do. Parameters are those of the model's own header, all
// positive. Each customer needs draws of their own (draws.h) to be the same whatever the others.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "common/model/btyd/draws.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

struct SimulatedCustomer {
  std::vector<double> purchases;  // Times after the first purchase, ascending, within the time simulated.
  double stopped = 0;             // When they stopped for good; infinite where they had not by the end.
};

// BG/NBD (bg_nbd.h), MBG/NBD (modified_bg_nbd.h), Pareto/NBD (pareto_nbd.h) over (0, duration]. Cost: a draw a
// purchase.
SimulatedCustomer SimulateBgNbd(absl::Span<const double> parameters, double duration, Draws& draws);
SimulatedCustomer SimulateModifiedBgNbd(absl::Span<const double> parameters, double duration, Draws& draws);
SimulatedCustomer SimulateParetoNbd(absl::Span<const double> parameters, double duration, Draws& draws);
// BG/BB (bg_bb.h) over the opportunities 1, 2, ... up to `duration`; one who stopped was not there at opportunity
// `stopped`.
SimulatedCustomer SimulateBgBb(absl::Span<const double> parameters, double duration, Draws& draws);

// x, t_x, T as they were `age` after the first purchase, age within the time simulated.
PurchaseHistory HistoryAt(const SimulatedCustomer& customer, double age);

// Amounts of one customer under Gamma-Gamma (gamma_gamma.h). [purchases]
std::vector<double> SimulateSpend(absl::Span<const double> parameters, int purchases, Draws& draws);

// One customer of the shifted beta-geometric model (beta_geometric.h) over at most `most` periods.
struct SimulatedTenure {
  int periods = 0;
  bool left = false;  // At the end of the last of them.
};
SimulatedTenure SimulateBetaGeometric(absl::Span<const double> parameters, int most, Draws& draws);

}  // namespace clientele::btyd
