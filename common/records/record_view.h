// How a standardised record lies in the store: first what features are made of, at fixed places, then the rest as
// protobuf. Reading the first takes no parser, a few nanoseconds and no allocation.
//
//   body     u8(version << 4 | kind) u8(code << 4 | flags) end{4} text{4} f64(measure) s64(base amount, micros) rest
//            and in version 2: sealed u32(how many bytes of it)
//   end      u16: where a text ends, counted from where the first one begins
//   text     name, channel, category, order: see TextSlot, which says what they are for each kind
//   flags    1: a return; 2: has a score
//   rest     ingestion.v1.Record as protobuf, without what stands above, and without customer id, event time and ingest
//            time, which the store gives back beside the body
//   sealed   what is personal of it, which is not in `rest` then: see services/ingestion/records/record_sealer.h
//
// Version 2 where something is sealed, else 1; numbers are little-endian. A feedback's measure is its score on 0 to 10,
// and its score stays in `rest`.
#pragma once

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "clientele/common/v1/feature.pb.h"

namespace clientele::records {

enum TextSlot : uint8_t {
  kNameText,  // Transaction: product. Interaction: type. Feedback: issue. Outcome: outcome.
  kChannelText,
  kCategoryText,  // Transaction.
  kOrderText,     // Transaction.
};
inline constexpr int kTextSlots = 4;

// The views hold as long as the body's bytes. What a kind does not have, or was not set, is 0 or "".
struct RecordView {
  common::v1::RecordKind kind = common::v1::RECORD_KIND_UNSPECIFIED;
  bool is_return = false;          // Transaction.
  bool has_score = false;          // Feedback.
  uint8_t code = 0;                // Interaction: its Sentiment. Message: its Direction.
  int64_t base_amount_micros = 0;  // Transaction.
  // Transaction: quantity, 0 means 1. Interaction: duration in seconds. Feedback: score on 0 to 10. Outcome: value.
  double measure = 0;
  const char* texts = nullptr;     // All of them, one behind the other.
  uint16_t ends[kTextSlots] = {};  // Where each one ends in `texts`.
  absl::string_view rest;  // A Record as protobuf, with what is not above: properties and attributes, for example.
  absl::string_view sealed;

  // By TextSlot. Whatever its size, 16 bytes can be read from where it begins.
  absl::string_view text(int slot) const {
    const size_t begin = slot == 0 ? 0 : ends[slot - 1];
    return {texts + begin, ends[slot] - begin};
  }
};

// The layout of the fixed part.
struct RecordForm {
  static constexpr uint8_t kVersion = 1, kSealedVersion = 2;
  static constexpr uint8_t kIsReturn = 1, kHasScore = 2;
  static constexpr size_t kTexts = 2 + 2 * kTextSlots;  // Where the first text begins.
  static constexpr size_t kNumbers = 16;                // How many bytes the numbers behind the last one take.
};

// Takes what is sealed off the end of `rest`.
inline bool SplitSealed(RecordView& view) {
  uint32_t size = 0;
  if (view.rest.size() < sizeof(size)) return false;
  std::memcpy(&size, view.rest.data() + view.rest.size() - sizeof(size), sizeof(size));
  view.rest.remove_suffix(sizeof(size));
  if (size > view.rest.size()) return false;
  view.sealed = view.rest.substr(view.rest.size() - size);
  view.rest.remove_suffix(size);
  return true;
}

// Reads the fixed part. False where the bytes are damaged; `view` is then of no use. Never reads beyond `body`.
inline bool ViewRecord(absl::string_view body, RecordView& view) {
  if (body.size() < RecordForm::kTexts + RecordForm::kNumbers) return false;
  const auto first = static_cast<uint8_t>(body[0]), second = static_cast<uint8_t>(body[1]);
  std::memcpy(view.ends, body.data() + 2, sizeof(view.ends));
  const bool ordered = view.ends[0] <= view.ends[1] && view.ends[1] <= view.ends[2] && view.ends[2] <= view.ends[3];
  const size_t numbers = RecordForm::kTexts + view.ends[kTextSlots - 1], rest = numbers + RecordForm::kNumbers;
  if (!ordered || rest > body.size()) return false;
  view.rest = body.substr(rest);
  view.sealed = {};
  const int version = first >> 4;
  if (version != RecordForm::kVersion && (version != RecordForm::kSealedVersion || !SplitSealed(view))) return false;
  view.kind = static_cast<common::v1::RecordKind>(first & 15);
  view.is_return = (second & RecordForm::kIsReturn) != 0;
  view.has_score = (second & RecordForm::kHasScore) != 0;
  view.code = second >> 4;
  view.texts = body.data() + RecordForm::kTexts;
  std::memcpy(&view.measure, body.data() + numbers, 8);
  std::memcpy(&view.base_amount_micros, body.data() + numbers + 8, 8);
  return true;
}

}  // namespace clientele::records
