// The models of the coverage study: where their true parameters come from, how a customer is drawn, fitted and
// predicted.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/draws.h"
#include "common/model/btyd/purchase_model.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::coverage_study {

using Row = std::array<double, 3>;  // As in training::btyd::LikelihoodRows.

struct StudyModel {
  std::string name;  // "bg-nbd".
  std::unique_ptr<training::btyd::Likelihood> likelihood;
  training::btyd::ModelTraits (*traits)(const training::btyd::LikelihoodRows& rows, absl::Span<const double> weights);
  // Parameters of a realistic business.
  std::function<std::vector<double>(btyd::Draws&)> draw_parameters;
  std::function<Row(absl::Span<const double> parameters, btyd::Draws&)> draw_customer;
  // What is predicted of a customer; the study looks at its total.
  std::function<btyd::Estimate(absl::Span<const double> parameters, const Row&)> predict;
};

// BG/NBD, MBG/NBD, Pareto/NBD, BG/BB, Gamma-Gamma.
std::vector<StudyModel> StudyModels();

}  // namespace clientele::coverage_study
