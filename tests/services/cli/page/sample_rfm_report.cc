// Four segments of 2,000 customers, with what they were 30 days before.
#include <algorithm>

#include "tests/services/cli/page/sample_reports.h"

namespace clientele::testutil {
namespace {

using cli::ModelReport;
using model::v1::RfmEvaluation;

void FillSegments(RfmEvaluation& rfm) {
  const struct {
    const char* name;
    const char* action;
    int customers, before;
    double mean_recency, mean_frequency, mean_monetary;
  } segments[] = {{"Champions", "Reward them & ask for a review", 420, 400, 9, 14.2, 1'480},
                  {"At risk", "Write to them personally", 380, 350, 140, 6.1, 510},
                  {"About to sleep", "Show what sells best", 500, 560, 60, 2, 110},
                  {"Lost", "One last attempt", 700, 640, 290, 1.1, 32},
                  {"Other", "", 0, 0, 0, 0, 0}};
  double value = 0;
  for (const auto& one : segments) value += one.customers * one.mean_monetary;
  for (const auto& one : segments) {
    RfmEvaluation::Segment& segment = *rfm.add_segments();
    segment.set_name(one.name);
    segment.set_action(one.action);
    segment.set_customers(one.customers);
    segment.set_share(one.customers / 2'000.0);
    segment.set_value(one.customers * one.mean_monetary);
    segment.set_value_share(segment.value() / value);
    segment.set_mean_recency(one.mean_recency);
    segment.set_mean_frequency(one.mean_frequency);
    segment.set_mean_monetary(one.mean_monetary);
    segment.set_previous_customers(one.before);
    segment.set_previous_value(one.before * one.mean_monetary);
  }
}

void FillCells(RfmEvaluation& rfm) {
  for (int i = 1; i <= 5; ++i) {
    for (auto* counts : {rfm.mutable_recency_counts(), rfm.mutable_frequency_counts(), rfm.mutable_monetary_counts()}) {
      counts->Add(400);
    }
    for (int j = 1; j <= 5; ++j) {
      for (int k = std::max(1, j - 1); k <= std::min(5, j + 1); ++k) {
        RfmEvaluation::Cell& cell = *rfm.add_cells();
        cell.set_recency(i);
        cell.set_frequency(j);
        cell.set_monetary(k);
        cell.set_customers(10 + 8 * (5 - std::abs(i - j)));
        cell.set_value(30.0 * k * k * static_cast<double>(cell.customers()));
      }
    }
  }
}

void AddMove(RfmEvaluation& rfm, const char* from, const char* to, int customers) {
  RfmEvaluation::Move& move = *rfm.add_moves();
  move.set_from_segment(from);
  move.set_to_segment(to);
  move.set_customers(customers);
  move.set_value(75.5 * customers);
}

}  // namespace

ModelReport RfmReport() {
  ModelReport report = SegmentsReport();
  auto& version = report.version;
  version.mutable_spec()->set_display_name("RFM");
  version.mutable_spec()->mutable_rfm();
  RfmEvaluation& rfm = *version.mutable_evaluation()->mutable_rfm();
  rfm.set_unscored(240);
  FillSegments(rfm);
  FillCells(rfm);
  AddMove(rfm, "Lost", "Lost", 640);
  AddMove(rfm, "About to sleep", "About to sleep", 430);
  AddMove(rfm, "Champions", "Champions", 380);
  AddMove(rfm, "At risk", "At risk", 340);
  AddMove(rfm, "About to sleep", "Lost", 60);
  AddMove(rfm, "", "About to sleep", 50);
  AddMove(rfm, "", "Champions", 40);
  AddMove(rfm, "About to sleep", "At risk", 40);
  AddMove(rfm, "Champions", "About to sleep", 20);
  report.currency = "EUR";
  return report;
}

}  // namespace clientele::testutil
