#include "services/ingestion/records/text.h"

#include <gtest/gtest.h>

namespace clientele::ingestion {
namespace {

TEST(Utf8Test, KnowsWhatIsWellFormed) {
  EXPECT_TRUE(IsUtf8("plain \xc3\xbc \xe4\xb8\xad \xf0\x9f\x99\x82"));
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8", "\xe4\xb8"}) {
    EXPECT_FALSE(IsUtf8(bad));
    EXPECT_TRUE(IsUtf8(ReplaceBadUtf8(bad)));
  }
  EXPECT_EQ(CutUtf8("a\xc3\xbc"
                    "b",
                    2),
            "a");
  EXPECT_EQ(CutUtf8("a\xc3\xbc"
                    "b",
                    3),
            "a\xc3\xbc");
}

}  // namespace
}  // namespace clientele::ingestion
