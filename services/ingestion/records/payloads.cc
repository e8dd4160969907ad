#include "services/ingestion/records/payloads.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/ingestion/records/text.h"
#include "services/ingestion/records/values.h"

namespace clientele::ingestion {
namespace {

constexpr double kDefaultScoreMax = 10;

MaybeRejection OutOfRange(absl::string_view field, absl::string_view message) {
  return Rejection{v1::REJECTION_REASON_OUT_OF_RANGE, std::string(field), std::string(message)};
}

void CountMissing(bool missing, absl::string_view field, storage::NewRecord& result) {
  if (missing) result.missing_fields.push_back(field);
}

MaybeRejection CheckInteraction(const v1::Interaction& interaction, storage::NewRecord& result) {
  if (MaybeRejection bad = CheckIdentifier("interaction.type", interaction.type())) return bad;
  if (MaybeRejection bad = CheckLength("interaction.channel", interaction.channel(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckFinite("interaction.duration_seconds", interaction.duration_seconds())) return bad;
  if (interaction.duration_seconds() < 0) return OutOfRange("interaction.duration_seconds", "is negative");
  if (!v1::Interaction::Sentiment_IsValid(interaction.sentiment())) {
    return OutOfRange("interaction.sentiment", absl::StrCat(interaction.sentiment(), " is no sentiment"));
  }
  CountMissing(interaction.channel().empty(), "interaction.channel", result);
  CountMissing(interaction.sentiment() == v1::Interaction::SENTIMENT_UNSPECIFIED, "interaction.sentiment", result);
  return CheckValues("interaction.properties", interaction.properties());
}

MaybeRejection CheckFeedback(const v1::Feedback& feedback, storage::NewRecord& result) {
  if (MaybeRejection bad = CheckFinite("feedback.score", feedback.score())) return bad;
  if (MaybeRejection bad = CheckFinite("feedback.score_max", feedback.score_max())) return bad;
  if (feedback.score_max() < 0) return OutOfRange("feedback.score_max", "is negative");
  const double max = feedback.score_max() == 0 ? kDefaultScoreMax : feedback.score_max();
  if (feedback.score() < 0 || feedback.score() > max) {
    return OutOfRange("feedback.score", absl::StrCat(feedback.score(), " is not from 0 to ", max));
  }
  if (MaybeRejection bad = CheckLength("feedback.issue", feedback.issue(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckLength("feedback.text", feedback.text(), kMaxTextBytes)) return bad;
  if (MaybeRejection bad = CheckLength("feedback.channel", feedback.channel(), kMaxLabelBytes)) return bad;
  CountMissing(!feedback.has_score(), "feedback.score", result);
  CountMissing(feedback.issue().empty(), "feedback.issue", result);
  CountMissing(feedback.text().empty(), "feedback.text", result);
  CountMissing(feedback.channel().empty(), "feedback.channel", result);
  return std::nullopt;
}

MaybeRejection CheckMessage(const v1::Message& message, storage::NewRecord& result) {
  if (MaybeRejection bad = CheckLength("message.channel", message.channel(), kMaxLabelBytes)) return bad;
  if (message.direction() == v1::Message::DIRECTION_UNSPECIFIED) {
    return Rejection{v1::REJECTION_REASON_MISSING_FIELD, "message.direction", "is required"};
  }
  if (!v1::Message::Direction_IsValid(message.direction())) {
    return OutOfRange("message.direction", absl::StrCat(message.direction(), " is no direction"));
  }
  if (MaybeRejection bad = CheckLength("message.text", message.text(), kMaxTextBytes)) return bad;
  CountMissing(message.channel().empty(), "message.channel", result);
  CountMissing(message.text().empty(), "message.text", result);
  return std::nullopt;
}

MaybeRejection CheckOutcome(const v1::Outcome& outcome) {
  if (MaybeRejection bad = CheckIdentifier("outcome.outcome", outcome.outcome())) return bad;
  return CheckFinite("outcome.value", outcome.value());
}

}  // namespace

MaybeRejection StandardisePayload(const TenantContext& context, v1::Record& record, storage::NewRecord& result) {
  switch (record.payload_case()) {
    case v1::Record::kProfile:
      return StandardiseProfile(context, record, result);
    case v1::Record::kTransaction:
      return StandardiseTransaction(context, record, result);
    case v1::Record::kInteraction:
      return CheckInteraction(record.interaction(), result);
    case v1::Record::kFeedback:
      return CheckFeedback(record.feedback(), result);
    case v1::Record::kMessage:
      return CheckMessage(record.message(), result);
    case v1::Record::kOutcome:
      return CheckOutcome(record.outcome());
    case v1::Record::PAYLOAD_NOT_SET:
      break;
  }
  return Rejection{v1::REJECTION_REASON_MISSING_FIELD, "payload",
                   "one of profile, transaction, interaction, feedback, message and outcome is required"};
}

}  // namespace clientele::ingestion
