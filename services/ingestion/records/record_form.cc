#include "services/ingestion/records/record_form.h"

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "services/ingestion/records/serialise.h"

namespace clientele::ingestion {
namespace {

constexpr double kDefaultScoreMax = 10;

template <typename T>
void AppendBytes(T value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// The fixed part of a record, before it is written.
struct FixedPart {
  uint8_t kind = common::v1::RECORD_KIND_UNSPECIFIED;
  uint8_t flags = 0;
  int code = 0;
  double measure = 0;
  int64_t base_amount_micros = 0;
  const std::string* texts[kTextSlots] = {};  // Null where the kind has none.
};

FixedPart FixedPartOf(const v1::Record& record) {
  FixedPart part;
  switch (record.payload_case()) {
    case v1::Record::kTransaction: {
      const v1::Transaction& transaction = record.transaction();
      part.flags = transaction.is_return() ? RecordForm::kIsReturn : 0;
      part.measure = transaction.quantity();
      part.base_amount_micros = transaction.base_amount_micros();
      part.texts[kNameText] = &transaction.product();
      part.texts[kChannelText] = &transaction.channel();
      part.texts[kCategoryText] = &transaction.category();
      part.texts[kOrderText] = &transaction.order_id();
      break;
    }
    case v1::Record::kInteraction:
      part.code = record.interaction().sentiment();
      part.measure = record.interaction().duration_seconds();
      part.texts[kNameText] = &record.interaction().type();
      part.texts[kChannelText] = &record.interaction().channel();
      break;
    case v1::Record::kFeedback: {
      const v1::Feedback& feedback = record.feedback();
      part.flags = feedback.has_score() ? RecordForm::kHasScore : 0;
      part.measure = feedback.score() * 10 / (feedback.score_max() == 0 ? kDefaultScoreMax : feedback.score_max());
      part.texts[kNameText] = &feedback.issue();
      part.texts[kChannelText] = &feedback.channel();
      break;
    }
    case v1::Record::kMessage:
      part.code = record.message().direction();
      part.texts[kChannelText] = &record.message().channel();
      break;
    case v1::Record::kOutcome:
      part.measure = record.outcome().value();
      part.texts[kNameText] = &record.outcome().outcome();
      break;
    case v1::Record::kProfile:
    case v1::Record::PAYLOAD_NOT_SET: break;
  }
  return part;
}

// Takes out of the message what the fixed part or the store keeps.
void ClearFixedPart(v1::Record& record) {
  record.clear_customer_id();
  record.clear_event_time();
  record.clear_ingest_time();
  switch (record.payload_case()) {
    case v1::Record::kTransaction: {
      v1::Transaction& transaction = *record.mutable_transaction();
      transaction.clear_is_return();
      transaction.clear_quantity();
      transaction.clear_base_amount_micros();
      transaction.clear_product();
      transaction.clear_channel();
      transaction.clear_category();
      transaction.clear_order_id();
      break;
    }
    case v1::Record::kInteraction:
      record.mutable_interaction()->clear_sentiment();
      record.mutable_interaction()->clear_duration_seconds();
      record.mutable_interaction()->clear_type();
      record.mutable_interaction()->clear_channel();
      break;
    case v1::Record::kFeedback:
      record.mutable_feedback()->clear_issue();
      record.mutable_feedback()->clear_channel();
      break;
    case v1::Record::kMessage:
      record.mutable_message()->clear_direction();
      record.mutable_message()->clear_channel();
      break;
    case v1::Record::kOutcome:
      record.mutable_outcome()->clear_value();
      record.mutable_outcome()->clear_outcome();
      break;
    case v1::Record::kProfile:
    case v1::Record::PAYLOAD_NOT_SET: break;
  }
}

void SetText(absl::string_view text, std::string& field) { field.assign(text.data(), text.size()); }

// The inverse of ClearFixedPart, for what the fixed part keeps.
void RestoreFixedPart(const RecordView& view, v1::Record& record) {
  switch (record.payload_case()) {
    case v1::Record::kTransaction: {
      v1::Transaction& transaction = *record.mutable_transaction();
      transaction.set_is_return(view.is_return);
      transaction.set_quantity(view.measure);
      transaction.set_base_amount_micros(view.base_amount_micros);
      SetText(view.text(kNameText), *transaction.mutable_product());
      SetText(view.text(kChannelText), *transaction.mutable_channel());
      SetText(view.text(kCategoryText), *transaction.mutable_category());
      SetText(view.text(kOrderText), *transaction.mutable_order_id());
      break;
    }
    case v1::Record::kInteraction:
      record.mutable_interaction()->set_sentiment(static_cast<v1::Interaction::Sentiment>(view.code));
      record.mutable_interaction()->set_duration_seconds(view.measure);
      SetText(view.text(kNameText), *record.mutable_interaction()->mutable_type());
      SetText(view.text(kChannelText), *record.mutable_interaction()->mutable_channel());
      break;
    case v1::Record::kFeedback:
      SetText(view.text(kNameText), *record.mutable_feedback()->mutable_issue());
      SetText(view.text(kChannelText), *record.mutable_feedback()->mutable_channel());
      break;
    case v1::Record::kMessage:
      record.mutable_message()->set_direction(static_cast<v1::Message::Direction>(view.code));
      SetText(view.text(kChannelText), *record.mutable_message()->mutable_channel());
      break;
    case v1::Record::kOutcome:
      record.mutable_outcome()->set_value(view.measure);
      SetText(view.text(kNameText), *record.mutable_outcome()->mutable_outcome());
      break;
    case v1::Record::kProfile:
    case v1::Record::PAYLOAD_NOT_SET: break;
  }
}

}  // namespace

common::v1::RecordKind KindOf(const v1::Record& record) {
  switch (record.payload_case()) {
    case v1::Record::kProfile: return common::v1::RECORD_KIND_PROFILE;
    case v1::Record::kTransaction: return common::v1::RECORD_KIND_TRANSACTION;
    case v1::Record::kInteraction: return common::v1::RECORD_KIND_INTERACTION;
    case v1::Record::kFeedback: return common::v1::RECORD_KIND_FEEDBACK;
    case v1::Record::kMessage: return common::v1::RECORD_KIND_MESSAGE;
    case v1::Record::kOutcome: return common::v1::RECORD_KIND_OUTCOME;
    case v1::Record::PAYLOAD_NOT_SET: break;
  }
  return common::v1::RECORD_KIND_UNSPECIFIED;
}

void EncodeRecord(v1::Record& record, std::string& body) {
  const FixedPart part = FixedPartOf(record);
  body.clear();
  body.push_back(static_cast<char>(RecordForm::kVersion << 4 | KindOf(record)));
  body.push_back(static_cast<char>(part.code << 4 | part.flags));
  uint16_t end = 0;
  for (const std::string* text : part.texts) {
    if (text != nullptr) end = static_cast<uint16_t>(end + text->size());
    AppendBytes(end, body);
  }
  for (const std::string* text : part.texts) {
    if (text != nullptr) body.append(*text);
  }
  AppendBytes(part.measure, body);
  AppendBytes(part.base_amount_micros, body);
  ClearFixedPart(record);
  AppendDeterministically(record, body);
}

void SealBody(const RecordView& view, absl::string_view rest, absl::string_view sealed, std::string& body) {
  const auto size = static_cast<uint32_t>(sealed.size());
  body.resize(body.size() - view.rest.size());
  body[0] = static_cast<char>(RecordForm::kSealedVersion << 4 | view.kind);
  body.append(rest.data(), rest.size());
  body.append(sealed.data(), sealed.size());
  AppendBytes(size, body);
}

absl::Status DecodeRecord(const storage::StoredRecord& stored, v1::Record& record) {
  RecordView view;
  if (!ViewRecord(stored.body, view) || view.kind != stored.kind ||
      !record.ParseFromArray(view.rest.data(), static_cast<int>(view.rest.size())) || KindOf(record) != view.kind) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
  }
  RestoreFixedPart(view, record);
  record.set_customer_id(stored.customer_id.data(), stored.customer_id.size());
  *record.mutable_event_time() = ToProto(absl::FromUnixMicros(stored.event_time_micros));
  *record.mutable_ingest_time() = ToProto(absl::FromUnixMicros(stored.ingest_time_micros));
  return absl::OkStatus();
}

}  // namespace clientele::ingestion
