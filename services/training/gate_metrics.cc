#include "services/training/gate_metrics.h"

namespace clientele::training {
namespace {

using model::v1::Evaluation;

struct Metric {
  absl::string_view name;
  Task task;
  bool higher_is_better;
  double (*get)(const Evaluation&);
};

constexpr Metric kMetrics[] = {
    {"accuracy", Task::kClassify, true, [](const Evaluation& e) { return e.classifier().accuracy(); }},
    {"auc", Task::kClassify, true, [](const Evaluation& e) { return e.classifier().auc(); }},
    {"precision", Task::kClassify, true, [](const Evaluation& e) { return e.classifier().precision(); }},
    {"recall", Task::kClassify, true, [](const Evaluation& e) { return e.classifier().recall(); }},
    {"f1", Task::kClassify, true, [](const Evaluation& e) { return e.classifier().f1(); }},
    {"log_loss", Task::kClassify, false, [](const Evaluation& e) { return e.classifier().log_loss(); }},
    {"brier", Task::kClassify, false, [](const Evaluation& e) { return e.classifier().brier(); }},
    {"accuracy", Task::kClassifyMany, true, [](const Evaluation& e) { return e.classes().accuracy(); }},
    {"macro_f1", Task::kClassifyMany, true, [](const Evaluation& e) { return e.classes().macro_f1(); }},
    {"log_loss", Task::kClassifyMany, false, [](const Evaluation& e) { return e.classes().log_loss(); }},
    {"rmse", Task::kRegress, false, [](const Evaluation& e) { return e.value().rmse(); }},
    {"mae", Task::kRegress, false, [](const Evaluation& e) { return e.value().mae(); }},
    {"spearman", Task::kRegress, true, [](const Evaluation& e) { return e.value().spearman(); }},
    {"normalised_gini", Task::kRegress, true, [](const Evaluation& e) { return e.value().normalised_gini(); }},
    {"concordance", Task::kSurvive, true, [](const Evaluation& e) { return e.survival().concordance(); }},
    {"inertia", Task::kCluster, false, [](const Evaluation& e) { return e.clusters().inertia(); }},
    {"silhouette", Task::kCluster, true, [](const Evaluation& e) { return e.clusters().silhouette(); }},
    {"calinski_harabasz", Task::kCluster, true, [](const Evaluation& e) { return e.clusters().calinski_harabasz(); }},
    {"davies_bouldin", Task::kCluster, false, [](const Evaluation& e) { return e.clusters().davies_bouldin(); }},
};

// The first of a name: those that share one run the same way.
const Metric* Find(absl::string_view name) {
  for (const Metric& metric : kMetrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

bool IsOf(const Evaluation& evaluation, Task task) {
  switch (evaluation.kind_case()) {
    case Evaluation::kClassifier: return task == Task::kClassify;
    case Evaluation::kValue: return task == Task::kRegress;
    case Evaluation::kClusters: return task == Task::kCluster;
    case Evaluation::kClasses: return task == Task::kClassifyMany;
    case Evaluation::kSurvival: return task == Task::kSurvive;
    case Evaluation::kRfm: return task == Task::kScoreRfm;
    case Evaluation::KIND_NOT_SET: return false;
  }
  return false;
}

}  // namespace

std::vector<std::string> GateMetricsOf(Task task) {
  // Whatever predicts money is judged by the same measures.
  if (task == Task::kLifetimeValue || task == Task::kSelectValue) task = Task::kRegress;
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) {
    if (metric.task == task) names.emplace_back(metric.name);
  }
  return names;
}

std::optional<double> MetricOf(const Evaluation& evaluation, absl::string_view metric) {
  for (const Metric& one : kMetrics) {
    if (one.name == metric && IsOf(evaluation, one.task)) return one.get(evaluation);
  }
  return std::nullopt;
}

double Improvement(absl::string_view metric, double value, double other) {
  const Metric* found = Find(metric);
  return found == nullptr || found->higher_is_better ? value - other : other - value;
}

}  // namespace clientele::training
