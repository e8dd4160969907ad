#include "services/cli/training/evaluation_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using model::v1::ClusterEvaluation;
using model::v1::Evaluation;
using model::v1::GateDecision;
using model::v1::ValueEvaluation;

namespace {

struct Measures {
  Table table{{{"measure", "Measure"}, {"value", "Value", Align::kRight}, {"meaning", "Meaning"}}};
  void Add(absl::string_view name, Cell value, absl::string_view meaning) {
    table.AddRow({Cell::Text(name), std::move(value), Cell::Text(meaning)});
  }
};

void AddClassifier(const ClassifierEvaluation& e, Measures& m) {
  m.Add("AUC", Cell::Number(e.auc(), 4), "how often a positive scores above a negative");
  m.Add("accuracy", Cell::Percent(e.accuracy(), 1),
        absl::StrCat("always saying the more frequent: ", FormatPercent(e.majority_share(), 1)));
  m.Add("precision", Cell::Percent(e.precision(), 1), "of those called positive, how many are");
  m.Add("recall", Cell::Percent(e.recall(), 1), "of the positives, how many are called so");
  m.Add("F1", Cell::Number(e.f1(), 4), "");
  m.Add("log loss", Cell::Number(e.log_loss(), 4),
        absl::StrCat("without a model: ", FormatNumber(e.log_loss_baseline(), 4)));
  m.Add("Brier score", Cell::Number(e.brier(), 4), "");
  m.Add("calibration error", Cell::Number(e.expected_calibration_error(), 4),
        "how far probabilities are off, on average");
  m.Add("threshold", Cell::Number(e.threshold(), 4), "from here on it is called positive");
}

void AddValue(const ValueEvaluation& e, Measures& m) {
  m.Add("RMSE", Cell::Number(e.rmse(), 2),
        absl::StrCat("always saying the mean: ", FormatNumber(e.rmse_baseline(), 2)));
  m.Add("MAE", Cell::Number(e.mae(), 2), absl::StrCat("always saying the mean: ", FormatNumber(e.mae_baseline(), 2)));
  m.Add("R squared", Cell::Number(e.r_squared(), 4), "");
  m.Add("Spearman", Cell::Number(e.spearman(), 4), "how well the order is right");
  m.Add("normalised Gini", Cell::Number(e.normalised_gini(), 4), "1 where the order is perfect");
  m.Add("top decile", Cell::Percent(e.top_decile_share(), 1), "of all value, held by the tenth predicted highest");
  m.Add("total", Cell::Number(e.total_ratio(), 3), "predicted sum / actual sum");
}

void AddClusters(const ClusterEvaluation& e, Measures& m) {
  m.Add("clusters", Cell::Count(e.profiles_size()), "");
  m.Add("explained", Cell::Percent(e.explained_share(), 1), "of the variance between customers");
  m.Add("silhouette", Cell::Number(e.silhouette(), 4), "1 far apart, 0 touching");
  m.Add("Davies-Bouldin", Cell::Number(e.davies_bouldin(), 4), "lower is better");
  m.Add("inertia", Cell::Number(e.inertia(), 2), "");
}

void ShowDeciles(const ClassifierEvaluation& e, Console& console) {
  Table table({{"decile", "Decile", Align::kRight},
               {"rows", "Customers", Align::kRight},
               {"mean_score", "Predicted", Align::kRight},
               {"positive_share", "Actual", Align::kRight},
               {"lift", "Lift", Align::kRight},
               {"cumulative_gain", "Found so far", Align::kRight}});
  for (int i = 0; i < e.deciles_size(); ++i) {
    const auto& decile = e.deciles(i);
    table.AddRow({Cell::Count(i + 1), Cell::Count(decile.rows()), Cell::Percent(decile.mean_score(), 1),
                  Cell::Percent(decile.positive_share(), 1), Cell::Number(decile.lift(), 2),
                  Cell::Percent(decile.cumulative_gain(), 1)});
  }
  console.Heading("By predicted probability, highest tenth first");
  console.Print(table);
}

void ShowDeciles(const ValueEvaluation& e, Console& console) {
  Table table({{"decile", "Decile", Align::kRight},
               {"rows", "Customers", Align::kRight},
               {"mean_predicted", "Predicted", Align::kRight},
               {"mean_actual", "Actual", Align::kRight},
               {"cumulative_share", "Of all value so far", Align::kRight}});
  for (int i = 0; i < e.deciles_size(); ++i) {
    const auto& decile = e.deciles(i);
    table.AddRow({Cell::Count(i + 1), Cell::Count(decile.rows()), Cell::Number(decile.mean_predicted(), 2),
                  Cell::Number(decile.mean_actual(), 2), Cell::Percent(decile.cumulative_share(), 1)});
  }
  console.Heading("By predicted value, highest tenth first");
  console.Print(table);
}

void ShowProfiles(const ClusterEvaluation& e, Console& console) {
  Table table({{"segment", "Segment"},
               {"size", "Customers", Align::kRight},
               {"share", "Share", Align::kRight},
               {"differs_by", "What sets it apart"}});
  for (const auto& profile : e.profiles()) {
    table.AddRow({Cell::Text(profile.name()), Cell::Count(profile.size()), Cell::Percent(profile.share(), 1),
                  Cell::Text(absl::StrJoin(profile.differs_by(), "; "))});
  }
  console.Heading("Segments");
  console.Print(table);
}

}  // namespace

Table EvaluationTable(const Evaluation& evaluation) {
  Measures measures;
  measures.Add("rows", Cell::Count(evaluation.train_rows()),
               absl::StrCat("trained on; judged on ", FormatCount(evaluation.holdout_rows())));
  if (evaluation.has_classifier()) AddClassifier(evaluation.classifier(), measures);
  if (evaluation.has_value()) AddValue(evaluation.value(), measures);
  if (evaluation.has_clusters()) AddClusters(evaluation.clusters(), measures);
  return std::move(measures.table);
}

std::string EvaluationLine(const Evaluation& evaluation) {
  if (evaluation.has_classifier()) {
    return absl::StrFormat("AUC %.3f, accuracy %.1f %%", evaluation.classifier().auc(),
                           100 * evaluation.classifier().accuracy());
  }
  if (evaluation.has_value()) {
    return absl::StrFormat("Spearman %.3f, Gini %.3f", evaluation.value().spearman(),
                           evaluation.value().normalised_gini());
  }
  if (evaluation.has_clusters()) {
    return absl::StrFormat("%d clusters, silhouette %.3f", evaluation.clusters().profiles_size(),
                           evaluation.clusters().silhouette());
  }
  return "";
}

void ShowEvaluationDetail(const Evaluation& evaluation, Console& console) {
  if (evaluation.has_classifier()) ShowDeciles(evaluation.classifier(), console);
  if (evaluation.has_value()) ShowDeciles(evaluation.value(), console);
  if (evaluation.has_clusters()) ShowProfiles(evaluation.clusters(), console);
}

std::string DecisionText(const GateDecision& decision) {
  switch (decision.decision()) {
    case GateDecision::DECISION_PUBLISHED_ACTIVE: return "published, and now the champion";
    case GateDecision::DECISION_PUBLISHED_CANDIDATE: return "published as a candidate; the champion stays";
    case GateDecision::DECISION_REJECTED: return "rejected, not published";
    default: return "";
  }
}

Table ChecksTable(const GateDecision& decision) {
  Table table({{"metric", "Check"}, {"passed", "Passed"}, {"value", "Value", Align::kRight}, {"explanation", "Why"}});
  for (const auto& check : decision.checks()) {
    table.AddRow({Cell::Text(check.metric()), Cell::Text(check.passed() ? "yes" : "no"), Cell::Number(check.value(), 4),
                  Cell::Text(check.explanation())});
  }
  return table;
}

Table IssuesTable(const google::protobuf::RepeatedPtrField<training::v1::DataIssue>& issues) {
  Table table({{"severity", "Severity"}, {"subject", "About"}, {"message", "What"}, {"recommendation", "What to do"}});
  for (const auto& issue : issues) {
    const std::string severity = training::v1::DataIssue::Severity_Name(issue.severity());
    table.AddRow({Cell::Text(Words(absl::StripPrefix(severity, "SEVERITY_"))), Cell::Text(issue.subject()),
                  Cell::Text(issue.message()), Cell::Text(issue.recommendation())});
  }
  return table;
}

std::string StateText(const training::v1::TrainingJob& job) {
  const std::string name = training::v1::TrainingJob::State_Name(job.state());
  return Words(absl::StripPrefix(name, "STATE_"));
}

}  // namespace clientele::cli
