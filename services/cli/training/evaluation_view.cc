#include "services/cli/training/evaluation_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/cli/output/format.h"
#include "services/cli/training/lifetime_value_evaluation_view.h"
#include "services/cli/training/rfm_evaluation_view.h"
#include "services/cli/training/selection_view.h"
#include "services/cli/training/survival_evaluation_view.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;
using model::v1::ClusterEvaluation;
using model::v1::Evaluation;
using model::v1::GateDecision;
using model::v1::MulticlassEvaluation;
using model::v1::RfmEvaluation;
using model::v1::ValueEvaluation;

namespace {

struct Measures {
  Table table{{{"measure", "Measure"}, {"value", "Value", Align::kRight}, {"meaning", "Meaning"}}};
  void Add(absl::string_view name, Cell value, absl::string_view meaning) {
    table.AddRow({Cell::Text(name), std::move(value), Cell::Text(meaning)});
  }
};

void AddClassifier(const ClassifierEvaluation& e, Measures& m) {
  m.Add("AUC", Cell::Number(e.auc(), 4), absl::StrFormat("how often a positive scores above a negative; +- %.4f",
                                                         e.auc_standard_error()));
  m.Add("average precision", Cell::Number(e.average_precision(), 4),
        "under the precision-recall curve; without a model the share of positives");
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
  if (e.cost() > 0) m.Add("cost", Cell::Number(e.cost(), 4), "of wrong calls, a customer");
}

void AddClasses(const MulticlassEvaluation& e, Measures& m) {
  m.Add("accuracy", Cell::Percent(e.accuracy(), 1),
        absl::StrCat("always saying the most frequent: ", FormatPercent(e.majority_share(), 1)));
  m.Add("macro F1", Cell::Number(e.macro_f1(), 4), "mean of the classes' F1");
  m.Add("log loss", Cell::Number(e.log_loss(), 4),
        absl::StrCat("without a model: ", FormatNumber(e.log_loss_baseline(), 4)));
}

void AddGrade(const Evaluation& evaluation, Measures& m) {
  const std::string letter = model::v1::Grade::Letter_Name(evaluation.grade().letter());
  m.Add("grade", Cell::Text(absl::StripPrefix(letter, "LETTER_")), evaluation.grade().explanation());
}

void AddValue(const ValueEvaluation& e, Measures& m) {
  m.Add("RMSE", Cell::Number(e.rmse(), 2),
        absl::StrCat("always saying the mean: ", FormatNumber(e.rmse_baseline(), 2)));
  m.Add("MAE", Cell::Number(e.mae(), 2), absl::StrCat("always saying the mean: ", FormatNumber(e.mae_baseline(), 2)));
  m.Add("R squared", Cell::Number(e.r_squared(), 4), "");
  m.Add("Spearman", Cell::Number(e.spearman(), 4), "how well the order is right");
  m.Add("normalised Gini", Cell::Number(e.normalised_gini(), 4), "1 where the order is perfect");
  m.Add("top decile", Cell::Percent(e.top_decile_share(), 1), "of all value, held by the tenth predicted highest");
  m.Add("total", Cell::Number(e.total_ratio(), 3),
        absl::StrFormat("predicted sum / actual sum; 95 %% interval %.3f to %.3f", e.total_ratio_lower(),
                        e.total_ratio_upper()));
  if (e.mean_interval_width() == 0) return;
  m.Add("intervals hold", Cell::Percent(e.interval_coverage(), 1),
        absl::StrCat("of the actual values; their mean width is ", FormatNumber(e.mean_interval_width(), 2)));
}

void AddClusters(const ClusterEvaluation& e, Measures& m) {
  m.Add("clusters", Cell::Count(e.profiles_size()), "");
  m.Add("explained", Cell::Percent(e.explained_share(), 1), "of the variance between customers");
  m.Add("silhouette", Cell::Number(e.silhouette(), 4), "1 far apart, 0 touching");
  m.Add("Davies-Bouldin", Cell::Number(e.davies_bouldin(), 4), "lower is better");
  m.Add("Calinski-Harabasz", Cell::Number(e.calinski_harabasz(), 1), "higher is better");
  m.Add("inertia", Cell::Number(e.inertia(), 2), "");
}

void AddRfm(const RfmEvaluation& e, Measures& m) {
  m.Add("customers", Cell::Count(ScoredCustomers(e)), "with a purchase, so that they have scores");
  m.Add("without a purchase", Cell::Count(e.unscored()), "");
  const RfmEvaluation::Segment* most = MostValuable(e);
  if (most == nullptr) return;
  m.Add("most valuable", Cell::Text(most->name()),
        absl::StrCat(FormatPercent(most->value_share(), 1), " of the value in ", FormatPercent(most->share(), 1),
                     " of the customers"));
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
               {"lower", "from", Align::kRight},
               {"upper", "to (95 %)", Align::kRight},
               {"cumulative_share", "Of all value so far", Align::kRight}});
  for (int i = 0; i < e.deciles_size(); ++i) {
    const auto& decile = e.deciles(i);
    table.AddRow({Cell::Count(i + 1), Cell::Count(decile.rows()), Cell::Number(decile.mean_predicted(), 2),
                  Cell::Number(decile.mean_actual(), 2), Cell::Number(decile.lower(), 2),
                  Cell::Number(decile.upper(), 2), Cell::Percent(decile.cumulative_share(), 1)});
  }
  console.Heading("By predicted value, highest tenth first");
  console.Print(table);
}

void ShowBaselines(const ValueEvaluation& e, Console& console) {
  Table table({{"rule", "Rule"},
               {"rmse", "RMSE", Align::kRight},
               {"mae", "MAE", Align::kRight},
               {"spearman", "Spearman", Align::kRight},
               {"normalised_gini", "Gini", Align::kRight},
               {"total_ratio", "Total", Align::kRight}});
  const auto add = [&](absl::string_view name, const auto& judged) {
    table.AddRow({Cell::Text(name), Cell::Number(judged.rmse(), 2), Cell::Number(judged.mae(), 2),
                  Cell::Number(judged.spearman(), 4), Cell::Number(judged.normalised_gini(), 4),
                  Cell::Number(judged.total_ratio(), 3)});
  };
  add("this model", e);
  for (const auto& baseline : e.baselines()) add(baseline.name(), baseline);
  console.Heading("Against simple rules");
  console.Print(table);
}

void ShowClasses(const MulticlassEvaluation& e, Console& console) {
  Table table({{"class", "Class"},
               {"rows", "Customers", Align::kRight},
               {"precision", "Precision", Align::kRight},
               {"recall", "Recall", Align::kRight},
               {"f1", "F1", Align::kRight},
               {"auc", "AUC", Align::kRight}});
  for (const auto& one : e.classes()) {
    table.AddRow({Cell::Text(one.name()), Cell::Count(one.rows()), Cell::Percent(one.precision(), 1),
                  Cell::Percent(one.recall(), 1), Cell::Number(one.f1(), 4), Cell::Number(one.auc(), 4)});
  }
  console.Heading("By class");
  console.Print(table);
}

// How far the same cluster comes out of other customers.
std::string StabilityText(double stability) {
  if (stability == 0) return "";
  return absl::StrFormat("%.2f%s", stability, stability >= 0.75 ? "" : stability >= 0.6 ? " unsure" : " doubtful");
}

void ShowProfiles(const ClusterEvaluation& e, Console& console) {
  Table table({{"segment", "Segment"},
               {"size", "Customers", Align::kRight},
               {"share", "Share", Align::kRight},
               {"stability", "Stability", Align::kRight},
               {"differs_by", "What sets it apart"}});
  Table rules({{"segment", "Segment"},
               {"rule", "Who is in it"},
               {"precision", "Right", Align::kRight},
               {"recall", "Found", Align::kRight}});
  for (const auto& profile : e.profiles()) {
    table.AddRow({Cell::Text(profile.name()), Cell::Count(profile.size()), Cell::Percent(profile.share(), 1),
                  Cell::Text(StabilityText(profile.stability())),
                  Cell::Text(absl::StrJoin(profile.differs_by(), "; "))});
    rules.AddRow({Cell::Text(profile.name()), Cell::Text(profile.rule().text()),
                  Cell::Percent(profile.rule().precision(), 1), Cell::Percent(profile.rule().recall(), 1)});
  }
  console.Heading("Segments");
  console.Print(table);
  console.Heading("In a rule of thumb");
  console.Print(rules);
}

}  // namespace

Table EvaluationTable(const Evaluation& evaluation) {
  Measures measures;
  measures.Add("rows", Cell::Count(evaluation.train_rows()),
               absl::StrCat("trained on; judged on ", FormatCount(evaluation.holdout_rows())));
  if (evaluation.has_classifier()) AddClassifier(evaluation.classifier(), measures);
  if (evaluation.has_value()) AddValue(evaluation.value(), measures);
  if (evaluation.has_clusters()) AddClusters(evaluation.clusters(), measures);
  if (evaluation.has_classes()) AddClasses(evaluation.classes(), measures);
  if (evaluation.has_rfm()) AddRfm(evaluation.rfm(), measures);
  if (evaluation.has_lifetime_value()) AddLifetimeValueMeasures(evaluation.lifetime_value(), measures.table);
  if (evaluation.has_survival()) AddSurvivalMeasures(evaluation.survival(), measures.table);
  if (evaluation.has_grade()) AddGrade(evaluation, measures);
  return std::move(measures.table);
}

std::string EvaluationLine(const Evaluation& evaluation) {
  if (evaluation.has_classifier()) {
    return absl::StrFormat("AUC %.3f, accuracy %.1f %%", evaluation.classifier().auc(),
                           100 * evaluation.classifier().accuracy());
  }
  if (evaluation.has_classes()) {
    return absl::StrFormat("accuracy %.1f %%, macro F1 %.3f", 100 * evaluation.classes().accuracy(),
                           evaluation.classes().macro_f1());
  }
  if (evaluation.has_value()) {
    return absl::StrFormat("Spearman %.3f, Gini %.3f", evaluation.value().spearman(),
                           evaluation.value().normalised_gini());
  }
  if (evaluation.has_clusters()) {
    return absl::StrFormat("%d clusters, silhouette %.3f", evaluation.clusters().profiles_size(),
                           evaluation.clusters().silhouette());
  }
  if (evaluation.has_rfm()) return RfmLine(evaluation.rfm());
  if (evaluation.has_lifetime_value()) return LifetimeValueLine(evaluation.lifetime_value());
  if (evaluation.has_survival()) return SurvivalLine(evaluation.survival());
  return "";
}

void ShowEvaluationDetail(const Evaluation& evaluation, Console& console) {
  if (evaluation.has_selection()) ShowSelection(evaluation.selection(), console);
  if (evaluation.has_classifier()) ShowDeciles(evaluation.classifier(), console);
  if (evaluation.has_value()) {
    ShowBaselines(evaluation.value(), console);
    ShowDeciles(evaluation.value(), console);
  }
  if (evaluation.has_lifetime_value()) ShowLifetimeValue(evaluation.lifetime_value(), console);
  if (evaluation.has_clusters()) ShowProfiles(evaluation.clusters(), console);
  if (evaluation.has_classes()) ShowClasses(evaluation.classes(), console);
  if (evaluation.has_rfm()) ShowRfm(evaluation.rfm(), console);
  if (evaluation.has_survival()) ShowSurvival(evaluation.survival(), console);
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
