// The latent types of the synthetic CRM: what a segmentation should find again, and why customers leave.
#pragma once

#include <array>
#include <span>

#include "absl/strings/string_view.h"

namespace clientele::cli {

inline constexpr std::array<absl::string_view, 5> kCategories = {"grocery", "home", "fashion", "electronics", "sports"};

// Means over the customers of a type; single customers vary around them.
struct CustomerType {
  absl::string_view name;
  double share;               // Of all customers.
  double purchases_per_30d;   // While alive; gamma over the customers.
  double rate_shape;          // Of that gamma: the higher, the more alike.
  double lifetime_days;       // From joining to dropping out; exponential.
  double basket_median;       // Log-normal over customers, and over a customer's baskets.
  double return_probability;  // Of a purchase.
  double visits_per_30d;
  double open_probability;   // Of a newsletter.
  double click_probability;  // Of an opened one.
  double tickets_per_30d;
  double satisfaction;  // Mean feedback score, 0 to 10.
  double online_share;  // Of purchases.
  double mean_age;
  double premium_probability;  // Of the better plans.
  std::array<double, kCategories.size()> category_weights;
};

// They do not change: the shares add up to 1.
std::span<const CustomerType> CustomerTypes();

}  // namespace clientele::cli
