#include "services/cli/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "tests/services/cli/page/sample_reports.h"
#include "tests/services/cli/page/well_formed.h"

namespace clientele::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testutil::ChurnReport;
using testutil::ClassesReport;
using testutil::LifetimeValueReport;
using testutil::RfmReport;
using testutil::SegmentsReport;
using testutil::SurvivalReport;
using testutil::Svgs;
using testutil::ValueReport;
using testutil::WhatIsWrong;

// Visits every field that is set, at any depth.
void ForEachField(Message& message, const std::function<void(Message&, const FieldDescriptor&, int)>& visit) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool inner = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    for (int i = 0; i < (field->is_repeated() ? reflection->FieldSize(message, field) : 1); ++i) {
      if (!inner) {
        visit(message, *field, i);
      } else if (field->is_repeated()) {
        ForEachField(*reflection->MutableRepeatedMessage(&message, field, i), visit);
      } else {
        ForEachField(*reflection->MutableMessage(&message, field), visit);
      }
    }
  }
}

void FillTexts(Message& message, const std::string& text) {
  ForEachField(message, [&](Message& owner, const FieldDescriptor& field, int i) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || field.name() == "name") return;
    if (field.is_repeated()) {
      owner.GetReflection()->SetRepeatedString(&owner, &field, i, text);
    } else {
      owner.GetReflection()->SetString(&owner, &field, text);
    }
  });
}

void FillNumbers(Message& message, double number, int64_t count) {
  ForEachField(message, [&](Message& owner, const FieldDescriptor& field, int i) {
    const auto* reflection = owner.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      field.is_repeated() ? reflection->SetRepeatedDouble(&owner, &field, i, number)
                          : reflection->SetDouble(&owner, &field, number);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 && field.name() != "seconds") {
      field.is_repeated() ? reflection->SetRepeatedInt64(&owner, &field, i, count)
                          : reflection->SetInt64(&owner, &field, count);
    }
  });
}

// At most `most` of every repeated field.
void Shorten(Message& message, int most) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) {
      while (reflection->FieldSize(message, field) > most) reflection->RemoveLast(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Shorten(*reflection->MutableMessage(&message, field), most);
    }
  }
}

struct Kind {
  const char* name;
  ModelReport (*make)();
  int pictures;  // At least.
};

class PageTest : public testing::TestWithParam<Kind> {
 protected:
  const ModelReport report_ = GetParam().make();
};

TEST_P(PageTest, IsWellFormedAndStandsAlone) {
  const std::string page = ModelPage(report_);
  EXPECT_EQ(WhatIsWrong(page), "");
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("http")), Not(HasSubstr("url(")),
                          Not(HasSubstr("@import")), Not(HasSubstr("<link")), Not(HasSubstr("<img"))));
}

TEST_P(PageTest, EveryPictureSaysWhatItIs) {
  int pictures = 0;
  for (const std::string& svg : Svgs(ModelPage(report_))) {
    if (absl::StrContains(svg, "aria-hidden=\"true\"")) continue;  // Of a legend.
    ++pictures;
    EXPECT_THAT(svg, AllOf(HasSubstr("role=\"img\""), HasSubstr("<title>"), HasSubstr("<desc>"),
                           HasSubstr("class=\"axis-label\""), Not(HasSubstr("Nothing to show here"))));
    EXPECT_THAT(svg, Not(HasSubstr("<desc></desc>")));
  }
  EXPECT_GE(pictures, GetParam().pictures);
}

TEST_P(PageTest, IsTheSameEveryTime) { EXPECT_EQ(ModelPage(report_), ModelPage(GetParam().make())); }

TEST_P(PageTest, EscapesEveryText) {
  for (const char* hostile : {"<script>alert(1)</script>", "\"'><b onload=\"x\">", "a & b", "\xFF\x01", "]]>", ""}) {
    ModelReport report = report_;
    FillTexts(report.version, hostile);
    FillTexts(report.card, hostile);
    report.currency = hostile;
    const std::string page = ModelPage(report);
    EXPECT_EQ(WhatIsWrong(page), "") << hostile;
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b onload"))));
  }
}

TEST_P(PageTest, HoldsWithAnyNumbers) {
  constexpr double kHuge = std::numeric_limits<double>::max(), kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (double number : {kNone, kInfinity, -kInfinity, 0.0, -1.0, kHuge, -kHuge, 5e-324}) {
    for (int64_t count : {int64_t{0}, int64_t{1}, std::numeric_limits<int64_t>::max() / 1'000}) {
      ModelReport report = report_;
      FillNumbers(report.version, number, count);
      FillNumbers(report.card, number, count);
      for (auto& point : report.penalty_path) FillNumbers(point, number, count);
      EXPECT_EQ(WhatIsWrong(ModelPage(report)), "") << number << ", " << count;
    }
  }
}

TEST_P(PageTest, HoldsWithNoneOrOneOfEverything) {
  for (int most : {0, 1, 2}) {
    ModelReport report = report_;
    Shorten(report.version, most);
    Shorten(report.card, most);
    while (report.penalty_path.size() > most) report.penalty_path.RemoveLast();
    EXPECT_EQ(WhatIsWrong(ModelPage(report)), "") << most;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, PageTest,
                         testing::Values(Kind{"Classifier", &ChurnReport, 10}, Kind{"Value", &ValueReport, 3},
                                         Kind{"Clusters", &SegmentsReport, 6}, Kind{"Classes", &ClassesReport, 5},
                                         Kind{"LifetimeValue", &LifetimeValueReport, 14},
                                         Kind{"Survival", &SurvivalReport, 5}, Kind{"Rfm", &RfmReport, 3}),
                         [](const auto& test) { return test.param.name; });

TEST(ModelPageTest, HeadsWithWhatTheVersionIs) {
  EXPECT_THAT(ModelPage(ChurnReport()),
              AllOf(HasSubstr("<h1>Churn within 90 days</h1>"), HasSubstr("Model churn, version 3"),
                    HasSubstr("<span class=\"chip\">champion</span>"),
                    HasSubstr("Logistic regression, penalties chosen by cross-validation"),
                    HasSubstr("2026-09-21 14:13 UTC"), HasSubstr("9f86d081884c7d65"), HasSubstr("Grade A"),
                    HasSubstr("9.7 points more"), HasSubstr("Published, and now the champion."),
                    HasSubstr("Accuracy 0.831 is at least 0.800."), HasSubstr("No purchase within the 90 days after"),
                    HasSubstr("8,412 customers"), HasSubstr("By a hash of the customer id, 70 % train")));
}

TEST(ModelPageTest, StandsBesideTheChampion) {
  const std::string page = ModelPage(ChurnReport());
  EXPECT_THAT(page, AllOf(HasSubstr("Beside the champion, version 2"), HasSubstr("Measures of both"),
                          HasSubstr("18 % of the customers stand in another tenth"), HasSubstr("recency_days")));
  ModelReport first = ChurnReport();
  first.version.mutable_gate_decision()->clear_comparison();
  EXPECT_THAT(ModelPage(first), Not(HasSubstr("Beside the champion")));
}

TEST(ModelPageTest, SaysWhatAClassifiersPicturesSay) {
  EXPECT_THAT(ModelPage(ChurnReport()),
              AllOf(HasSubstr("in 86.1 % of the pairs (95 % interval 84.7 % to 87.5 %)"),
                    HasSubstr("in the tenth with the highest scores 86 % are customers who stay away, 3.2 times"),
                    HasSubstr("of the 1,012 customers given between 0 % and 10 %, 6.5 % are"),
                    HasSubstr("it keeps 9 of up to 14 coefficients"),
                    HasSubstr("its factor is 2.51 (95 % interval 2.15 to 2.93) for a standard deviation more")));
}

TEST(ModelPageTest, SaysWhatTheOtherPicturesSay) {
  EXPECT_THAT(ModelPage(ValueReport()),
              AllOf(HasSubstr("brought 1,030"), HasSubstr("the fifth of customers predicted highest holds 55.2 %"),
                    HasSubstr("past spend rate"), HasSubstr("Mean value of a customer (EUR)")));
  EXPECT_THAT(ModelPage(SegmentsReport()),
              AllOf(HasSubstr("Returns &amp; complaints"), HasSubstr("2 of 5 clusters come back"),
                    HasSubstr("not to be relied on (below 0.6): &quot;New customers&quot;"),
                    HasSubstr("Recency below 31.5 and spend at least 410."), HasSubstr("5 was chosen")));
  EXPECT_THAT(ModelPage(ClassesReport()),
              HasSubstr("the most frequent mistake is to take &quot;coffee&quot; for &quot;accessories&quot; (120"));
}

// The last bin has but three days, and so few purchases: they are in the cumulative picture alone.
TEST(ModelPageTest, ABinThatTheEndCutsShortIsNoFallOfPurchases) {
  ModelReport report = LifetimeValueReport();
  auto& evaluation = *report.version.mutable_evaluation()->mutable_lifetime_value();
  const std::string whole = IncrementalTrackingPicture(evaluation).drawing.str();
  auto& cut = *evaluation.add_tracking();
  cut.set_day(7 * 78 + 3);
  cut.set_actual(2);
  cut.set_expected(1);
  cut.set_holdout(true);
  EXPECT_EQ(IncrementalTrackingPicture(evaluation).drawing.str(), whole);
  EXPECT_THAT(IncrementalTrackingPicture(evaluation).says, HasSubstr("of 39 bins of the holdout"));
  cut.set_day(7 * 79);
  EXPECT_NE(IncrementalTrackingPicture(evaluation).drawing.str(), whole);
}

TEST(ModelPageTest, SaysWhatCustomersAreWorthAndWhetherTheyBuyAsExpected) {
  EXPECT_THAT(ModelPage(LifetimeValueReport()),
              AllOf(HasSubstr("Lifetime value: BG/NBD purchases, Gamma-Gamma spend"),
                    HasSubstr("95 % interval 80,900 to 96,120"), HasSubstr("EUR, discounted, in the 365 days ahead"),
                    HasSubstr("1,743 expected, in 273 days"), HasSubstr("the holdout begins"),
                    HasSubstr("1,411 customers have not bought again"),
                    HasSubstr("of 39 bins of the holdout more purchases"),
                    HasSubstr("customers who had bought 7 times or more again made"),
                    HasSubstr("one who has been silent for 19.4 weeks"), HasSubstr("0.0550 a week"),
                    HasSubstr("not told by the data"), HasSubstr("drop-out after a purchase: the mean is a / (a + b)"),
                    HasSubstr("95 % asked")));
}

TEST(ModelPageTest, SaysHowAModelWasChosen) {
  EXPECT_THAT(ModelPage(LifetimeValueReport()),
              AllOf(HasSubstr("Chosen: BG/NBD"), HasSubstr("<b>For whom to look after first</b>: Tweedie. Normalised"),
                    HasSubstr("nobody has spent anything"), HasSubstr("BG/NBD (chosen)")));
}

TEST(ModelPageTest, SaysHowLongCustomersStay) {
  EXPECT_THAT(ModelPage(SurvivalReport()),
              AllOf(HasSubstr("ties by Efron"), HasSubstr("0.831"), HasSubstr("0.819 to 0.843"),
                    HasSubstr("half of month-to-month have left after 30 months (95 % interval 27 to 32)"),
                    HasSubstr("of two years fewer than half left while they were watched"),
                    HasSubstr("The groups differ (log-rank test, p-value below 0.001)"), HasSubstr("not reached"),
                    HasSubstr("GLOBAL"), HasSubstr("multiplies the hazard of leaving"),
                    HasSubstr("80.6 % stay through the first period")));
}

TEST(ModelPageTest, SaysWhatRfmSegmentsAreWorthAndWhoMoved) {
  EXPECT_THAT(
      ModelPage(RfmReport()),
      AllOf(HasSubstr("&quot;Champions&quot; are 21 % of the customers and hold 69.6 % of the value"),
            HasSubstr("93.7 % of those who were customers stayed"), HasSubstr("Reward them &amp; ask for a review"),
            HasSubstr("the largest move is from &quot;About to sleep&quot; to &quot;Lost&quot; (60 customers)"),
            HasSubstr("(no customer yet)"), HasSubstr("<h3>What to do</h3>"), HasSubstr("+20"), HasSubstr("-60"),
            HasSubstr("the largest part of the value, 9.6 %, is at recency score 4"),
            HasSubstr("customers without scores"), Not(HasSubstr("Other"))));
}

TEST(ModelPageTest, AVersionWithoutAnEvaluationHasAPageToo) {
  EXPECT_EQ(WhatIsWrong(ModelPage({})), "");
  EXPECT_THAT(ModelPage({}), HasSubstr("This version has no evaluation."));
}

}  // namespace
}  // namespace clientele::cli
