// The metrics that a gate can speak of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/training/spec.h"

namespace clientele::training {

// Those of a task, in the table's order.
std::vector<std::string> GateMetricsOf(Task task);

// Nothing: the evaluation is of another kind, or there is no such metric.
std::optional<double> MetricOf(const model::v1::Evaluation& evaluation, absl::string_view metric);

// How much better `value` is than `other`: positive is better, whichever way the metric runs.
double Improvement(absl::string_view metric, double value, double other);

}  // namespace clientele::training
