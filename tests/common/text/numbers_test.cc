#include "common/text/numbers.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clientele {
namespace {

TEST(NumbersTest, ThreeSignificantDigits) {
  EXPECT_EQ(Significant(1'234'567), "1,230,000");
  EXPECT_EQ(Significant(12.345), "12.3");
  EXPECT_EQ(Significant(9.996), "10.0");
  EXPECT_EQ(Significant(0.012345), "0.0123");
  EXPECT_EQ(Significant(-0.5), "-0.500");
  EXPECT_EQ(Significant(0), "0");
  EXPECT_EQ(Significant(1.5e-12), "1.5e-12");
  EXPECT_EQ(Significant(NAN), "n/a");
  EXPECT_EQ(Significant(-INFINITY), "n/a");
}

TEST(NumbersTest, SharesArePercentages) {
  EXPECT_EQ(Share(0.3841), "38.4 %");
  EXPECT_EQ(Share(0.7), "70 %");
  EXPECT_EQ(Share(0.00123), "0.12 %");
  EXPECT_EQ(Share(0), "0 %");
  EXPECT_EQ(Share(0.9999), "100 %");
  EXPECT_EQ(Share(NAN), "n/a");
}

TEST(NumbersTest, AnIntervalThatIsNoneIsLeftOut) {
  EXPECT_EQ(Between(0.81, 0.86, &Share), "81 % to 86 %");
  EXPECT_EQ(Between(0.5, 0.5, &Share), "");
  EXPECT_EQ(Between(NAN, 1, &Share), "");
}

TEST(NumbersTest, PValuesStopAtAThousandth) {
  EXPECT_EQ(PValue(0.0341), "0.034");
  EXPECT_EQ(PValue(1e-9), "below 0.001");
  EXPECT_EQ(PValue(NAN), "n/a");
}

TEST(NumbersTest, SentencesBeginAndEnd) {
  EXPECT_EQ(Sentence("accuracy 83 %"), "Accuracy 83 %.");
  EXPECT_EQ(Sentence("Done!"), "Done!");
  EXPECT_EQ(Sentence(""), "");
  EXPECT_EQ(Counted(1, "customer"), "1 customer");
  EXPECT_EQ(Counted(2'000, "customer"), "2,000 customers");
}

}  // namespace
}  // namespace clientele
