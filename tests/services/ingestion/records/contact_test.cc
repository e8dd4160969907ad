#include "services/ingestion/records/contact.h"

#include <gtest/gtest.h>

#include <string>

namespace clientele::ingestion {
namespace {

std::string Email(absl::string_view text) {
  std::string email;
  return StandardiseEmail(text, email) ? email : "-";
}

std::string Phone(absl::string_view text, absl::string_view region = "US") {
  std::string phone;
  return StandardisePhone(text, region, phone) ? phone : "-";
}

TEST(EmailTest, TrimsAndLowersTheDomainAlone) {
  EXPECT_EQ(Email("  Ada.Lovelace@Example.COM "), "Ada.Lovelace@example.com");
  EXPECT_EQ(Email("a+b@sub.example.co.uk"), "a+b@sub.example.co.uk");
  EXPECT_EQ(Email("ada@\xc3\xbc"
                  "ber.de"),
            "ada@\xc3\xbc"
            "ber.de");
}

TEST(EmailTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "ada", "@example.com", "ada@", "ada@example", "ada lovelace@example.com",
                           ".ada@example.com", "ada.@example.com", "a..b@example.com", "ada@-example.com",
                           "ada@example..com", "ada@ex ample.com", "ada@example.com,bob@example.com", "a@b@c"}) {
    EXPECT_EQ(Email(text), "-") << text;
  }
  EXPECT_EQ(Email(std::string(65, 'a') + "@example.com"), "-");
  EXPECT_EQ(Email("a@" + std::string(260, 'b') + ".com"), "-");
}

TEST(PhoneTest, InternationalNumbersKeepTheirDigits) {
  EXPECT_EQ(Phone("+49 30 901820"), "+4930901820");
  EXPECT_EQ(Phone("+44 (0)20 7946 0958"), "+442079460958");
  EXPECT_EQ(Phone("(+86) 138-0013-8000"), "+8613800138000");
  EXPECT_EQ(Phone("0044 20 7946 0958", "DE"), "+442079460958");
  EXPECT_EQ(Phone("011 44 20 7946 0958", "US"), "+442079460958");
}

TEST(PhoneTest, NationalNumbersTakeTheRegionsRules) {
  EXPECT_EQ(Phone("(212) 555-0123", "US"), "+12125550123");
  EXPECT_EQ(Phone("1-212-555-0123", "CA"), "+12125550123");
  EXPECT_EQ(Phone("020 7946 0958", "GB"), "+442079460958");
  EXPECT_EQ(Phone("030 901820", "DE"), "+4930901820");
  EXPECT_EQ(Phone("01 70 18 99 00", "FR"), "+33170189900");
  EXPECT_EQ(Phone("138 0013 8000", "CN"), "+8613800138000");
  EXPECT_EQ(Phone("06 1234 5678", "IT"), "+390612345678");  // Italy dials its 0 from abroad as well.
  EXPECT_EQ(Phone("06 1 234 5678", "HU"), "+3612345678");
  EXPECT_EQ(Phone("8 495 123 45 67", "RU"), "+74951234567");
}

TEST(PhoneTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "+", "call me", "555-0123", "+12", "+1234567890123456", "212 555 0123 ext 4",
                           "+0123456789", "212-555-01234"}) {
    EXPECT_EQ(Phone(text, "US"), "-") << text;
  }
  EXPECT_EQ(Phone("12345678", "ZZ"), "-");  // No rules: + is needed.
  EXPECT_EQ(Phone("+4930901820", "ZZ"), "+4930901820");
}

}  // namespace
}  // namespace clientele::ingestion
