#include "services/inference/scoring/score_requests.h"

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/wire_reader.h"
#include "google/protobuf/stubs/common.h"

namespace clientele::inference {
namespace {

using google::protobuf::internal::IsStructurallyValidUTF8;

absl::Status NotAMessage(absl::string_view field) { return InvalidField(field, "is not a well-formed message"); }

}  // namespace

absl::StatusOr<SubjectView> ReadSubject(absl::string_view bytes, const RowForm* usual) {
  SubjectView subject;
  WireReader in(bytes);
  for (absl::string_view rest = bytes; in.Next(); rest = in.rest()) {
    switch (in.tag()) {
      case WireReader::Bytes(v1::Subject::kCustomerIdFieldNumber): subject.customer_id = in.bytes(); break;
      case WireReader::Bytes(v1::Subject::kFeaturesFieldNumber):
        if (subject.num_features == 0) {
          subject.features = rest;
          if (usual != nullptr && usual->Fits(rest)) {  // To the end, then, and nothing else.
            subject.num_features = static_cast<int>(usual->num_features());
            subject.form = usual;
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
  if (IsStructurallyValidUTF8(id.data(), static_cast<int>(id.size()))) return subject;
  return InvalidField("subject.customer_id", "is not UTF-8");
}

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
  CLIENTELE_ASSIGN_OR_RETURN(request.subject, ReadSubject(subject));
  return absl::OkStatus();
}

absl::Status ReadBatchScoreRequest(absl::string_view bytes, BatchScoreRequestView& request, const RowForm* usual) {
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(v1::BatchScoreRequest::kNameFieldNumber): request.name = in.bytes(); break;
      case WireReader::Bytes(v1::BatchScoreRequest::kSubjectsFieldNumber): {
        CLIENTELE_ASSIGN_OR_RETURN(const SubjectView subject, ReadSubject(in.bytes(), usual));
        request.subjects.push_back(subject);
        break;
      }
      case WireReader::Varint(v1::BatchScoreRequest::kMaxReasonsFieldNumber): request.max_reasons = in.int32(); break;
      case WireReader::Varint(v1::BatchScoreRequest::kHorizonDaysFieldNumber): request.horizon_days = in.int32(); break;
    }
  }
  return in.ok() ? absl::OkStatus() : NotAMessage("request");
}

absl::string_view FirstName(absl::string_view bytes) {
  WireReader in(bytes);
  return in.Next() && in.tag() == WireReader::Bytes(v1::BatchScoreRequest::kNameFieldNumber) ? in.bytes() : "";
}

}  // namespace clientele::inference
