#include "common/observability/metrics.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace clientele::observability {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.Counter("clientele_test_records_total", "Records.", {{"kind", "a"}}).Increment();
  metrics.Counter("clientele_test_records_total", "Records.", {{"kind", "a"}}).Increment(2);
  metrics.Counter("clientele_test_records_total", "Records.", {{"kind", "b"}}).Increment();
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP clientele_test_records_total Records."));
  EXPECT_THAT(text, HasSubstr("clientele_test_records_total{kind=\"a\"} 3"));
  EXPECT_THAT(text, HasSubstr("clientele_test_records_total{kind=\"b\"} 1"));
}

TEST(MetricsTest, GaugesAndHistograms) {
  Metrics metrics;
  metrics.Gauge("clientele_test_jobs", "Jobs.").Set(4);
  metrics.Histogram("clientele_test_seconds", "Seconds.", {0.1, 1}).Observe(0.5);
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_test_jobs 4"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_test_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_test_seconds_bucket{le=\"1\"} 1"));
}

TEST(MetricsTest, WhatIsLookedUpIsLookedUpAtEachScrape) {
  Metrics metrics;
  prometheus::Gauge& gauge = metrics.Gauge("clientele_test_looks", "Looks.");
  metrics.BeforeScrape([&gauge] { gauge.Increment(); });
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_test_looks 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_test_looks 2"));
}

TEST(LatencyBoundsTest, Ascend) { EXPECT_TRUE(std::is_sorted(LatencyBounds().begin(), LatencyBounds().end())); }

}  // namespace
}  // namespace clientele::observability
