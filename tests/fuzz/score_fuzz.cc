// Scoring requests, which are read off the wire without protobuf: what protobuf reads, our reader reads as the same, or
// refuses as INVALID_ARGUMENT; and a row that is read has a score with finite numbers.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/inference/scoring/given_features.h"
#include "services/inference/scoring/score_requests.h"
#include "services/inference/scoring/scorer.h"
#include "tests/fuzz/target.h"
#include "tests/services/inference/test_models.h"

namespace clientele::inference {
namespace {

using fuzz::Require;

// NaN is a missing number, in whatever bits.
bool IsSame(const model::Cell& a, const model::Cell& b) {
  const bool same_number = a.number == b.number || (std::isnan(a.number) && std::isnan(b.number));
  return same_number && a.has_category == b.has_category && a.category == b.category;
}

// What protobuf's own reading of the subject says; the readers agree that it is good.
void CompareRows(const ScoringModel& model, const v1::Subject& subject, const std::vector<model::Cell>& row) {
  std::vector<model::Cell> expected(model.num_features());
  for (const auto& given : subject.features()) {
    const int feature = model.FindFeature(given.feature());
    Require(feature >= 0, "a feature that was read is one of the model's");
    Require(SetCell(ViewOf(given.value()), model.IsCategory(feature), expected[feature]).empty(),
            "a value that was read is good");
  }
  for (size_t f = 0; f < row.size(); ++f) Require(IsSame(row[f], expected[f]), "both readers read the same cell");
}

void ScoreOne(const ScoringModel& model, const std::vector<model::Cell>& row) {
  const v1::Score score = ScoreRow(model, row, /*max_reasons=*/100);
  const double probability = score.probability().probability();
  Require(probability >= 0 && probability <= 1, "a probability lies in [0, 1]");
  for (const auto& reason : score.reasons()) Require(std::isfinite(reason.contribution()), "a reason has a number");
}

// The same request comes out of the bytes in pieces, where a form of its rows is expected.
void ComparePieces(absl::string_view input, const absl::Status& read, const BatchScoreRequestView& batch) {
  static const RowForm* const form = [] {
    v1::Subject subject;  // A number of the model's, as it is often given.
    subject.add_features()->set_feature("visits");
    subject.mutable_features(0)->mutable_value()->set_number(1);
    const std::string bytes = subject.SerializeAsString();
    auto* usual = new RowForm();
    usual->Add(absl::string_view(bytes).substr(0, bytes.size() - sizeof(double)), 0);
    return usual;
  }();
  for (const int piece : {1, 3, 16}) {
    google::protobuf::io::ArrayInputStream wire(input.data(), static_cast<int>(input.size()), piece);
    BatchScoreRequestView pieces;
    const absl::Status again = ReadBatchScoreRequest(
        wire, input.size(), [](absl::string_view) { return form; }, pieces);
    Require(again == read, "pieces make no difference");
    if (!read.ok()) continue;
    Require(pieces.name == batch.name && pieces.max_reasons == batch.max_reasons &&
                pieces.horizon_days == batch.horizon_days && pieces.subjects.size() == batch.subjects.size(),
            "pieces make no difference to the request");
    for (size_t i = 0; i < batch.subjects.size(); ++i) {
      const SubjectView &one = pieces.subjects[i], &other = batch.subjects[i];
      Require(one.customer_id == other.customer_id && one.num_features == other.num_features &&
                  one.features == other.features,
              "pieces make no difference to a subject");
      const size_t before = one.features.size() - sizeof(double);
      Require(one.form == nullptr || std::memcmp(one.numbers, one.features.data() + before, sizeof(double)) == 0,
              "the number of a row of the form is its own");
    }
  }
}

void Run(absl::string_view input) {
  static const auto* const model =
      new ScoringModel(*model::Predictor::Load(testutil::Serialize(testutil::ChurnModel(-1))));
  ScoreRequestView single;
  (void)ReadScoreRequest(input, single);
  BatchScoreRequestView batch;
  const absl::Status read = ReadBatchScoreRequest(input, batch);
  Require(read.ok() || absl::IsInvalidArgument(read), "a bad request is told as such");
  v1::BatchScoreRequest request;
  const bool parsed = request.ParseFromArray(input.data(), static_cast<int>(input.size()));
  ComparePieces(input, read, batch);
  if (!read.ok()) return;
  if (parsed) {
    Require(batch.name == request.name() && batch.max_reasons == request.max_reasons() &&
                batch.horizon_days == request.horizon_days() &&
                static_cast<int>(batch.subjects.size()) == request.subjects_size(),
            "both readers read the same request");
  }
  GivenFeatures given(*model);
  for (size_t i = 0; i < batch.subjects.size(); ++i) {
    std::vector<model::Cell> row(model->num_features());
    const absl::Status features = given.Read(
        batch.subjects[i].features, [] { return std::string("subject"); }, absl::MakeSpan(row));
    Require(features.ok() || absl::IsInvalidArgument(features), "bad features are told as such");
    if (parsed) {
      Require(batch.subjects[i].customer_id == request.subjects(static_cast<int>(i)).customer_id(),
              "the same customer");
      if (features.ok()) CompareRows(*model, request.subjects(static_cast<int>(i)), row);
    }
    if (features.ok()) ScoreOne(*model, row);
  }
}

}  // namespace
}  // namespace clientele::inference

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  clientele::inference::Run(clientele::fuzz::Text(data, size));
  return 0;
}
