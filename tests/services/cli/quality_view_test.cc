#include "services/cli/output/quality_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;
using inference::v1::QualityQuarter;

TEST(QualityViewTest, AQuarterIsALineThatAManagerCanRead) {
  inference::v1::QualityHistory history;
  history.set_time_zone("Europe/Berlin");
  history.mutable_target()->set_metric("accuracy");
  history.mutable_target()->set_level(0.8);
  history.mutable_target()->set_gain(0.05);
  QualityQuarter& quarter = *history.add_quarters();
  quarter.set_quarter("2026-Q4");
  quarter.add_published_versions("tenants/acme/models/churn/versions/7");
  quarter.add_champions()->set_model_version("tenants/acme/models/churn/versions/7");
  quarter.mutable_holdout()->set_value(0.86);
  quarter.mutable_holdout()->set_lower(0.84);
  quarter.mutable_holdout()->set_upper(0.88);
  quarter.mutable_realised()->set_value(0.85);
  quarter.mutable_realised()->set_rows(1'234);
  quarter.set_relative_gain(0.062);
  quarter.set_verdict(QualityQuarter::VERDICT_MET);
  quarter.set_text("Better.");
  history.add_quarters()->set_quarter("2026-Q3");
  const std::string text = RenderTable(QualityTable(history), {});
  for (const char* part : {"2026-Q4", "0.860 (0.840 to 0.880)", "1,234", "+6.2 %", "met", "Better.", "2026-Q3"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(TargetLine(history),
            "Asked: accuracy of 0.8 at least, and 5 % better than the quarter before. Quarters of Europe/Berlin.");
}

}  // namespace
}  // namespace clientele::cli
