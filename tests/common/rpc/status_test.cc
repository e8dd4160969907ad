#include "common/rpc/status.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testutil::StatusIs;

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

std::vector<google::rpc::ErrorInfo> InfosOf(const grpc::Status& status) {
  std::vector<google::rpc::ErrorInfo> infos;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) infos.push_back(info);
  }
  return infos;
}

TEST(ToGrpcTest, OkHasNoDetails) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_EQ(ToGrpc(absl::OkStatus()).error_details(), "");
}

TEST(ToGrpcTest, EveryCodeCarriesExactlyOneErrorInfo) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpc(absl::Status(static_cast<absl::StatusCode>(code), "why"));
    EXPECT_EQ(status.error_code(), code);
    ASSERT_THAT(InfosOf(status), SizeIs(1)) << code;
    EXPECT_EQ(InfosOf(status)[0].domain(), "clientele.dev");
    EXPECT_NE(InfosOf(status)[0].reason(), "");
    EXPECT_EQ(DetailsOf(status).code(), code);
    EXPECT_EQ(DetailsOf(status).message(), "why");
  }
}

TEST(ToGrpcTest, KeepsReasonMetadataAndViolations) {
  const grpc::Status status = ToGrpc(InvalidField("settings.time_zone", "\"Mars\" is not an IANA time zone"));
  ASSERT_THAT(InfosOf(status), SizeIs(1));
  EXPECT_EQ(InfosOf(status)[0].reason(), "INVALID_FIELD");
  EXPECT_EQ(InfosOf(status)[0].metadata().at("field"), "settings.time_zone");
  ASSERT_EQ(DetailsOf(status).details_size(), 2);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(DetailsOf(status).details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "settings.time_zone");
}

TEST(ToGrpcTest, CutsLongMessagesAtACharacter) {
  std::string message = "x";
  for (int i = 0; i < 1000; ++i) message += "é";  // Two bytes each: 1,000 falls into the middle of one.
  const grpc::Status status = ToGrpc(absl::InternalError(message));
  EXPECT_EQ(status.error_message(), message.substr(0, 999));
}

TEST(ToGrpcTest, MakesMessagesValidUtf8) {
  EXPECT_EQ(ToGrpc(absl::InternalError("a\xff\xc0\xaf b\xe2\x82 \xed\xa0\x80 \xf5 ok €😀")).error_message(),
            "a??? b?? ??? ? ok €😀");
}

TEST(ToGrpcTest, StaysBelowTheLimitOfMetadataWhateverTheDetails) {
  absl::Status status = InvalidField("record.attributes", std::string(100'000, 'x'));
  grpc::Status wire = ToGrpc(status);
  EXPECT_LT(wire.error_details().size(), 5000u);
  ASSERT_THAT(InfosOf(wire), SizeIs(1));
  EXPECT_EQ(InfosOf(wire)[0].reason(), "INVALID_FIELD");

  wire = ToGrpc(
      Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch, "no", {{"etag", std::string(100'000, 'x')}}));
  EXPECT_LT(wire.error_details().size(), 5000u);
  ASSERT_THAT(InfosOf(wire), SizeIs(1));
  EXPECT_EQ(InfosOf(wire)[0].reason(), "ETAG_MISMATCH");
}

TEST(FromGrpcTest, GivesBackWhatToGrpcWasGiven) {
  const absl::Status status = InvalidField("page_size", "-1 is negative");
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  EXPECT_EQ(FieldOf(FromGrpc(ToGrpc(status))), "page_size");
  EXPECT_EQ(FromGrpc(grpc::Status::OK), absl::OkStatus());
}

TEST(FromGrpcTest, NamesTheReasonOfAMessageThatIsTooLarge) {
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::RESOURCE_EXHAUSTED, "Received message larger than max (300 vs. 100)"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("300 vs. 100")));
  EXPECT_EQ(ReasonOf(status), "MESSAGE_TOO_LARGE");
}

TEST(FromGrpcTest, ReadsErrorsOfOtherServers) {
  EXPECT_THAT(FromGrpc(grpc::Status(grpc::UNAVAILABLE, "connection refused")),
              StatusIs(absl::StatusCode::kUnavailable, "connection refused"));
  EXPECT_THAT(FromGrpc(grpc::Status(grpc::INTERNAL, "why", "\xff\xff not a google.rpc.Status")),
              StatusIs(absl::StatusCode::kInternal, "why"));
}

}  // namespace
}  // namespace clientele::rpc
