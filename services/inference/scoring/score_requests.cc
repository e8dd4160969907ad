#include "services/inference/scoring/score_requests.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/wire_reader.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/wire_format_lite.h"

namespace clientele::inference {
namespace {

using google::protobuf::internal::IsStructurallyValidUTF8;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

absl::Status NotAMessage(absl::string_view field) { return InvalidField(field, "is not a well-formed message"); }

// `usual`, where it is given, is the form that features are likely to have; `numbers` is room for its numbers.
absl::Status ReadSubject(absl::string_view bytes, const RowForm* usual, double* numbers, SubjectView& subject) {
  WireReader in(bytes);
  for (absl::string_view rest = bytes; in.Next(); rest = in.rest()) {
    switch (in.tag()) {
      case WireReader::Bytes(v1::Subject::kCustomerIdFieldNumber): subject.customer_id = in.bytes(); break;
      case WireReader::Bytes(v1::Subject::kFeaturesFieldNumber):
        if (subject.num_features == 0) {
          subject.features = rest;
          if (usual != nullptr && usual->Read(rest, numbers)) {  // To the end, then, and nothing else.
            subject.num_features = static_cast<int>(usual->num_features());
            subject.form = usual;
            subject.numbers = numbers;
            in.Skip(in.rest().size());
            break;
          }
        }
        subject.num_features += 1 + in.SkipShort(in.tag());
        break;
    }
  }
  if (!in.ok()) return NotAMessage("subject");
  const absl::string_view id = subject.customer_id;
  if (IsStructurallyValidUTF8(id.data(), static_cast<int>(id.size()))) return absl::OkStatus();
  return InvalidField("subject.customer_id", "is not UTF-8");
}

// The bytes of a text or message, where they lie; copied where they lie in several pieces.
bool ReadBytes(CodedInputStream& in, std::deque<std::string>& joined, absl::string_view& bytes) {
  int size = 0, available = 0;
  const void* data = nullptr;
  if (!in.ReadVarintSizeAsInt(&size)) return false;
  if (size > 0 && !in.GetDirectBufferPointer(&data, &available)) return false;
  if (size <= available) {
    bytes = {static_cast<const char*>(data), static_cast<size_t>(size)};
    return in.Skip(size);
  }
  std::string& text = joined.emplace_back();
  const bool is_there = in.ReadString(&text, size);
  bytes = text;
  return is_there;
}

bool ReadInt32(CodedInputStream& in, int& number) {
  uint64_t value = 0;
  const bool read = in.ReadVarint64(&value);
  number = static_cast<int32_t>(value);
  return read;
}

// Reads the subjects of one request.
class SubjectReader {
 public:
  SubjectReader(size_t request_bytes, FormOf form_of, BatchScoreRequestView& request)
      : request_bytes_(request_bytes), form_of_(form_of), request_(request) {}

  absl::Status Read(absl::string_view bytes) {
    if (request_.subjects.empty()) Begin(bytes.size());
    SubjectView& subject = request_.subjects.emplace_back();
    CLIENTELE_RETURN_IF_ERROR(ReadSubject(bytes, usual_, numbers_, subject));
    if (subject.numbers != nullptr) numbers_ += usual_->num_features();
    return absl::OkStatus();
  }

 private:
  // Subjects are about as long as the first, and none of the form is shorter than its bytes.
  void Begin(size_t first_bytes) {
    constexpr size_t kMostExpected = 10'000;
    request_.subjects.reserve(std::min(kMostExpected, request_bytes_ / (first_bytes + 2) + 1));
    usual_ = form_of_(request_.name);
    if (usual_ == nullptr || usual_->num_features() == 0) return;
    const size_t most = request_bytes_ / usual_->num_bytes() + 1;
    request_.numbers = std::make_unique_for_overwrite<double[]>(most * usual_->num_features());
    numbers_ = request_.numbers.get();
  }

  const size_t request_bytes_;
  const FormOf form_of_;
  BatchScoreRequestView& request_;
  const RowForm* usual_ = nullptr;
  double* numbers_ = nullptr;  // Room for the next subject's.
};

}  // namespace

absl::Status ReadScoreRequest(absl::string_view bytes, ScoreRequestView& request) {
  absl::string_view subject;
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(v1::ScoreRequest::kNameFieldNumber): request.name = in.bytes(); break;
      case WireReader::Bytes(v1::ScoreRequest::kSubjectFieldNumber):
        // The parts of a message are one after the other what they are together.
        if (!subject.empty()) request.joined = absl::StrCat(subject, in.bytes());
        subject = subject.empty() ? in.bytes() : absl::string_view(request.joined);
        break;
      case WireReader::Varint(v1::ScoreRequest::kMaxReasonsFieldNumber): request.max_reasons = in.int32(); break;
      case WireReader::Varint(v1::ScoreRequest::kHorizonDaysFieldNumber): request.horizon_days = in.int32(); break;
      case WireReader::Varint(v1::ScoreRequest::kTrendDaysFieldNumber): request.trend_days = in.int32(); break;
    }
  }
  if (!in.ok()) return NotAMessage("request");
  return ReadSubject(subject, nullptr, nullptr, request.subject);
}

absl::Status ReadBatchScoreRequest(google::protobuf::io::ZeroCopyInputStream& wire, size_t size, FormOf form_of,
                                   BatchScoreRequestView& request) {
  CodedInputStream in(&wire);
  SubjectReader subjects(size, form_of, request);
  bool ok = true;
  while (const uint32_t tag = ok ? in.ReadTag() : 0) {
    switch (tag) {
      case WireReader::Bytes(v1::BatchScoreRequest::kNameFieldNumber):
        ok = ReadBytes(in, request.joined, request.name);
        break;
      case WireReader::Bytes(v1::BatchScoreRequest::kSubjectsFieldNumber): {
        absl::string_view bytes;
        ok = ReadBytes(in, request.joined, bytes);
        if (ok) CLIENTELE_RETURN_IF_ERROR(subjects.Read(bytes));
        break;
      }
      case WireReader::Varint(v1::BatchScoreRequest::kMaxReasonsFieldNumber):
        ok = ReadInt32(in, request.max_reasons);
        break;
      case WireReader::Varint(v1::BatchScoreRequest::kHorizonDaysFieldNumber):
        ok = ReadInt32(in, request.horizon_days);
        break;
      default: ok = WireFormatLite::SkipField(&in, tag);
    }
  }
  return ok && in.ConsumedEntireMessage() ? absl::OkStatus() : NotAMessage("request");
}

absl::Status ReadBatchScoreRequest(absl::string_view bytes, BatchScoreRequestView& request) {
  google::protobuf::io::ArrayInputStream wire(bytes.data(), static_cast<int>(bytes.size()));
  return ReadBatchScoreRequest(
      wire, bytes.size(), [](absl::string_view) { return nullptr; }, request);
}

}  // namespace clientele::inference
