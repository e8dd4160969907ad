// Customers at their first purchase: of what they do after it only the time since and the covariates tell. Those who came
// at the same time are one, as far as a model knows.
#pragma once

#include <memory>
#include <vector>

#include "common/model/encoder.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

struct Newcomers {
  std::shared_ptr<const clientele::btyd::PurchaseModel> purchases;
  double age = 0;        // From the first purchase to as_of, in the model's unit of time.
  double customers = 0;  // How many they are, or stand for.
};

// By rising age; of all rows with a history. With covariates nearly every customer is one of a kind: then of 2,000 rows at
// equal distances each stands for as many. `rows` are those of the encoder's dataset. Cost: O(n log n).
std::vector<Newcomers> FindNewcomers(const model::LifetimeModel& model, const model::DatasetEncoder& encoder,
                                     const std::vector<LifetimeRow>& rows);

}  // namespace clientele::training
