#include "services/cli/page/markup.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/services/cli/page/well_formed.h"

namespace clientele::cli {
namespace {

using testutil::WhatIsWrong;

TEST(MarkupTest, EscapesWhatHtmlWouldTakeForItsOwn) {
  EXPECT_EQ(Markup::Text("<script>alert(\"1\") & 'x'</script>").str(),
            "&lt;script&gt;alert(&quot;1&quot;) &amp; &#39;x&#39;&lt;/script&gt;");
  EXPECT_EQ(Tag("p", {{"title", "\"><b>"}}, Markup::Text("x")).str(), "<p title=\"&quot;&gt;&lt;b&gt;\">x</p>");
}

TEST(MarkupTest, KeepsCharactersAndReplacesBytesThatAreNone) {
  EXPECT_EQ(Markup::Text("Île, 東京, 😀").str(), "Île, 東京, 😀");
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(Markup::Text("a\xFFz").str(), "a" + replacement + "z");
  EXPECT_EQ(Markup::Text("\xC3").str(), replacement);                                      // Cut short.
  EXPECT_EQ(Markup::Text("\xC0\xBC").str(), replacement + replacement);                    // An overlong '<'.
  EXPECT_EQ(Markup::Text("\xED\xA0\x80").str(), replacement + replacement + replacement);  // A surrogate.
  EXPECT_EQ(Markup::Text(absl::string_view("\0\x1B\n", 3)).str(), replacement + replacement + "\n");
}

TEST(MarkupTest, ClosesWhatMayBeEmptyAndEndsWhatMayNot) {
  EXPECT_EQ(Tag("rect", {{"x", 1.5}}).str(), "<rect x=\"1.5\"/>");
  EXPECT_EQ(Tag("div", {}).str(), "<div></div>");
}

TEST(MarkupTest, CoordinatesAreShortAndAlwaysNumbers) {
  EXPECT_EQ(Coordinate(12.345678), "12.35");
  EXPECT_EQ(Coordinate(12), "12");
  EXPECT_EQ(Coordinate(-0.001), "0");
  EXPECT_EQ(Coordinate(NAN), "0");
  EXPECT_EQ(Coordinate(INFINITY), "0");
}

// The check that the other tests rest on.
TEST(WellFormedTest, FindsWhatIsWrong) {
  EXPECT_EQ(WhatIsWrong("<p class=\"a\">x &amp; y<br/></p>"), "");
  for (const char* wrong : {"<p>", "</p>", "<p><b></p></b>", "<p class=a></p>", "<p>a & b</p>", "<p>a > b</p>",
                            "<p class=\"<\"></p>", "<rect x=\"nan\"/>", "<path d=\"M1,-inf\"/>", "<p"}) {
    EXPECT_NE(WhatIsWrong(wrong), "") << wrong;
  }
}

}  // namespace
}  // namespace clientele::cli
