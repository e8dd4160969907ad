#include "services/cli/output/monitoring_view.h"

#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::DriftReport;
using inference::v1::FeatureDrift;
using inference::v1::OutcomeReport;
using inference::v1::ShadowReport;

constexpr int kTenths = 10;
constexpr int kMedian = 4, kFirstPercent = 1, kLastPercent = 7;  // Among the differences' quantiles.

Cell Interval(double value, double lower, double upper) {
  Cell cell = Cell::Number(value, 3);
  const std::string between = Between(lower, upper, ThreeDigits);
  if (!between.empty()) absl::StrAppend(&cell.shown, " (", between, ")");
  return cell;
}

std::string LevelText(FeatureDrift::Level level) {
  return Words(absl::StripPrefix(FeatureDrift::Level_Name(level), "LEVEL_"));
}

void AddDrift(const FeatureDrift& drift, Table& table) {
  table.AddRow({Cell::Text(drift.feature()), Cell::Text(drift.drifted() ? LevelText(drift.level()) : "-"),
                Cell::Number(drift.population_stability_index(), 3), Cell::Number(drift.jensen_shannon(), 3),
                Cell::Number(drift.statistic(), 3), Cell::Text(PValue(drift.adjusted_p_value())),
                Cell::Percent(drift.training_missing_share(), 1), Cell::Percent(drift.missing_share(), 1)});
}

}  // namespace

Table ShadowTable(const ShadowReport& report) {
  Table table({{"served", "Served", Align::kRight},
               {"shadow", "Shadow", Align::kRight},
               {"pairs", "Pairs", Align::kRight},
               {"agreement", "Agree", Align::kRight},
               {"rank_correlation", "Rank correlation", Align::kRight},
               {"mean_difference", "Mean difference", Align::kRight},
               {"first_percent", "1 %", Align::kRight},
               {"median", "Median", Align::kRight},
               {"last_percent", "99 %", Align::kRight},
               {"served_p50_micros", "Served, us", Align::kRight},
               {"shadow_p50_micros", "Shadow, us", Align::kRight},
               {"until", "Until"}});
  for (const ShadowReport::Pairing& pairing : report.pairings()) {
    table.AddRow({Cell::Text(LastSegment(pairing.served_version())), Cell::Text(LastSegment(pairing.shadow_version())),
                  Cell::Count(pairing.pairs()), Cell::Percent(pairing.agreement(), 1),
                  Cell::Number(pairing.rank_correlation(), 4), Cell::Number(pairing.mean_difference(), 4),
                  Cell::Number(pairing.difference_quantiles(kFirstPercent), 4),
                  Cell::Number(pairing.difference_quantiles(kMedian), 4),
                  Cell::Number(pairing.difference_quantiles(kLastPercent), 4),
                  Cell::Number(pairing.served_latency().p50_micros(), 1),
                  Cell::Number(pairing.shadow_latency().p50_micros(), 1), Cell::Time(FromProto(pairing.last_time()))});
  }
  return table;
}

Table LargestDifferencesTable(const ShadowReport::Pairing& pairing) {
  Table table({{"pseudonym", "Customer (pseudonym)"},
               {"time", "When"},
               {"served_score", "Served", Align::kRight},
               {"shadow_score", "Shadow", Align::kRight}});
  for (const ShadowReport::Row& row : pairing.largest()) {
    table.AddRow({Cell::Text(row.pseudonym()), Cell::Time(FromProto(row.time())), Cell::Number(row.served_score(), 4),
                  Cell::Number(row.shadow_score(), 4)});
  }
  return table;
}

std::string MovesLine(const ShadowReport::Pairing& pairing) {
  if (pairing.decile_moves_size() != kTenths * kTenths || pairing.pairs() == 0) return "";
  int64_t moved = 0, far = 0;
  for (int from = 0; from < kTenths; ++from) {
    for (int to = 0; to < kTenths; ++to) {
      const int64_t rows = pairing.decile_moves(from * kTenths + to);
      if (from != to) moved += rows;
      if (std::abs(from - to) > 1) far += rows;
    }
  }
  const double pairs = static_cast<double>(pairing.pairs());
  return absl::StrCat(Share(static_cast<double>(moved) / pairs), " of the rows are in another tenth of the scores; ",
                      Share(static_cast<double>(far) / pairs), " moved by two tenths or more.");
}

Table OutcomesTable(const OutcomeReport& report) {
  Table table({{"version", "Version", Align::kRight},
               {"arm", "Arm"},
               {"scores", "Scores", Align::kRight},
               {"positives", "Positive", Align::kRight},
               {"auc", "AUC (95 %)", Align::kRight},
               {"trained_auc", "Promised", Align::kRight},
               {"accuracy", "Accuracy (95 %)", Align::kRight},
               {"calibration_ratio", "Predicted / realised (95 %)", Align::kRight},
               {"brier", "Brier", Align::kRight},
               {"log_loss", "Log loss", Align::kRight},
               {"rmse", "RMSE", Align::kRight},
               {"lift", "Lift of the top tenth", Align::kRight}});
  for (const OutcomeReport::Realised& realised : report.realised()) {
    const bool is_classifier = !std::isnan(realised.auc()) || realised.log_loss() > 0;
    const auto of_classifiers = [&](Cell cell) { return is_classifier ? cell : Cell::Missing(); };
    table.AddRow({Cell::Text(LastSegment(realised.model_version())),
                  Cell::Text(realised.arm().empty() ? "-" : realised.arm()), Cell::Count(realised.scores()),
                  of_classifiers(Cell::Count(realised.positives())),
                  of_classifiers(Interval(realised.auc(), realised.auc_lower(), realised.auc_upper())),
                  realised.trained_auc() > 0 ? Cell::Number(realised.trained_auc(), 3) : Cell::Missing(),
                  of_classifiers(Interval(realised.accuracy(), realised.accuracy_lower(), realised.accuracy_upper())),
                  Interval(realised.calibration_ratio(), realised.calibration_ratio_lower(),
                           realised.calibration_ratio_upper()),
                  of_classifiers(Cell::Number(realised.brier(), 4)),
                  of_classifiers(Cell::Number(realised.log_loss(), 4)), Cell::Number(realised.rmse(), 3),
                  realised.lift_size() > 0 ? Cell::Number(realised.lift(0), 2) : Cell::Missing()});
  }
  return table;
}

std::string PendingLine(const OutcomeReport& report) {
  if (report.pending() == 0) return absl::StrCat(Counted(report.scores(), "score"), ", all of them due.");
  return absl::StrCat(Counted(report.scores(), "score"), ", of which ", FormatCount(report.pending()),
                      " wait for the end of their label's window.");
}

Table DriftTable(const DriftReport& report) {
  Table table({{"feature", "Feature"},
               {"drift", "Drift"},
               {"population_stability_index", "PSI", Align::kRight},
               {"jensen_shannon", "Jensen-Shannon", Align::kRight},
               {"statistic", "Statistic", Align::kRight},
               {"adjusted_p_value", "p (adjusted)", Align::kRight},
               {"training_missing_share", "Missing then", Align::kRight},
               {"missing_share", "Missing now", Align::kRight}});
  if (report.has_score()) AddDrift(report.score(), table);
  for (const FeatureDrift& drift : report.features()) AddDrift(drift, table);
  return table;
}

Table BinsTable(const FeatureDrift& drift) {
  Table table({{"bin", "Bin"}, {"training_share", "Training", Align::kRight}, {"share", "Now", Align::kRight}});
  for (int b = 0; b < drift.bins_size(); ++b) {
    table.AddRow({Cell::Text(drift.bins(b)), Cell::Percent(drift.training_shares(b), 1),
                  Cell::Percent(drift.shares(b), 1)});
  }
  return table;
}

}  // namespace clientele::cli
