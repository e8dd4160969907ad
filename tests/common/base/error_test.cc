#include "common/base/error.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/testing/status_matchers.h"

namespace clientele {
namespace {

using ::testing::MatchesRegex;
using testutil::StatusIs;

// kInternal is the last of the catalogue.
constexpr int kReasons = static_cast<int>(ErrorReason::kInternal) + 1;

TEST(ErrorCatalogueTest, EveryReasonHasAUniqueNameForTheWire) {
  std::set<std::string> names;
  for (int reason = 0; reason < kReasons; ++reason) {
    const std::string name(ReasonName(static_cast<ErrorReason>(reason)));
    EXPECT_THAT(name, MatchesRegex("[A-Z][A-Z0-9_]+[A-Z0-9]"));  // AIP-193.
    EXPECT_LE(name.size(), 63u);
    EXPECT_TRUE(names.insert(name).second) << name << " stands for two reasons";
  }
}

TEST(ErrorCatalogueTest, EveryCodeHasAReason) {
  for (int code = 1; code <= 16; ++code) {
    EXPECT_NE(ReasonOf(absl::Status(static_cast<absl::StatusCode>(code), "why")), "") << code;
  }
}

TEST(ErrorTest, CarriesItsReason) {
  const absl::Status status =
      Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch, "read again", {{"etag", "7"}});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, "read again"));
  EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
  EXPECT_EQ(FieldOf(status), "");
}

TEST(ErrorTest, AFieldIsNamedOnceInTheMessageAndOnceForPrograms) {
  const absl::Status status = InvalidField("training_job.spec.model", "\"x\" is not known");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "training_job.spec.model: \"x\" is not known"));
  EXPECT_EQ(FieldOf(status), "training_job.spec.model");
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
}

TEST(AnnotateTest, KeepsCodeAndDetails) {
  const absl::Status status = Annotate(InvalidField("name", "required"), "record 7");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "record 7: name: required"));
  EXPECT_EQ(FieldOf(status), "name");
  EXPECT_EQ(Annotate(absl::OkStatus(), "record 7"), absl::OkStatus());
}

}  // namespace
}  // namespace clientele
