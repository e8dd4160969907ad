#include "services/inference/scoring_service.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/byte_buffer.h"
#include "common/rpc/unary.h"
#include "google/protobuf/arena.h"
#include "services/inference/scoring/score_bytes.h"

namespace clientele::inference {
namespace {

constexpr size_t kFirstBlockBytes = 2048;  // A score with five reasons fits.

// A BatchScoreResponse, whose scores come first.
grpc::ByteBuffer Joined(const ScoreBytes& scores, const v1::BatchScoreResponse& rest) {
  const grpc::Slice slice(scores.size() + rest.ByteSizeLong());
  char* const end = scores.Write(reinterpret_cast<char*>(const_cast<uint8_t*>(slice.begin())));
  rest.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(end));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

// One request and its answer, for as long as the call takes.
struct ScoringService::OneScore {
  explicit OneScore(const grpc::ByteBuffer& buffer) : status(Read(buffer)) {}
  absl::Status Read(const grpc::ByteBuffer& buffer) {
    CLIENTELE_ASSIGN_OR_RETURN(bytes, rpc::Flatten(buffer));
    CLIENTELE_RETURN_IF_ERROR(ReadScoreRequest(rpc::View(bytes), request));
    return Trends::Check(request);
  }

  grpc::Slice bytes;
  ScoreRequestView request;
  char block[kFirstBlockBytes];
  google::protobuf::Arena arena{block, sizeof(block)};
  v1::ScoreResponse* const response = google::protobuf::Arena::CreateMessage<v1::ScoreResponse>(&arena);
  const absl::Status status;  // Of reading it.
};

grpc::ServerUnaryReactor* ScoringService::Score(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) {
  return rpc::UnaryLater(context, [this, request, response](const rpc::Call& call, const rpc::EndCall& end) {
    OneScore scored(*request);
    std::optional<absl::Status> ended = scored.status;
    if (ended->ok()) ended = scored.request.trend_days == 0 ? AtOnce(scored, *response) : std::nullopt;
    if (!ended.has_value()) return ScoreLater(call, *request, response, end);
    end([&ended](const rpc::Call&) { return *ended; });
  });
}

std::optional<absl::Status> ScoringService::AtOnce(OneScore& scored, grpc::ByteBuffer& response) const {
  auto status = engine_.ScoreAtOnce(scored.request, *scored.response);
  if (status.has_value() && status->ok()) rpc::Serialize(*scored.response).Swap(&response);
  return status;
}

void ScoringService::ScoreLater(const rpc::Call& call, const grpc::ByteBuffer& request, grpc::ByteBuffer* response,
                                const rpc::EndCall& end) {
  const auto scored = std::make_shared<OneScore>(request);
  engine_.Score(call, scored->request, *scored->response, [this, scored, response, end](const absl::Status& ended) {
    if (ended.ok() && scored->request.trend_days != 0) return AddTrend(scored, response, end);
    end([&](const rpc::Call&) -> absl::Status {
      CLIENTELE_RETURN_IF_ERROR(ended);
      rpc::Serialize(*scored->response).Swap(response);
      return absl::OkStatus();
    });
  });
}

// Answers BatchScoreRequests: one of a call, or all of a stream.
class ScoringService::BatchAnswerer final : public rpc::Answerer<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit BatchAnswerer(const ScoringEngine& engine) : engine_(engine) {}

  bool Take(const grpc::ByteBuffer& request) override {
    batch_ = Prepare(request);
    return !batch_.ok() || batch_->is_quick;
  }

  absl::StatusOr<grpc::ByteBuffer> Answer(const rpc::Call& call) override {
    // A stream that waits for its next request holds nothing of this one, old models least of all.
    CLIENTELE_ASSIGN_OR_RETURN(const ScoringEngine::Batch batch, std::exchange(batch_, absl::UnknownError("")));
    const std::unique_ptr<Received> received = std::move(received_);
    const BatchScoreRequestView& request = received->request;
    ScoreBytes scores(request.subjects.size());
    v1::BatchScoreResponse rest;
    const auto take = [&](int i, const v1::Score& score) { scores.Set(i, score); };
    CLIENTELE_RETURN_IF_ERROR(engine_.BatchScore(call, batch, request, rest, take, &scores));
    return Joined(scores, rest);
  }

 private:
  // A request, and all that it points into.
  struct Received {
    explicit Received(const grpc::ByteBuffer& buffer) : bytes(buffer), wire(&bytes) {}

    grpc::ByteBuffer bytes;  // Shares its pieces with gRPC's.
    grpc::ProtoBufferReader wire;
    std::shared_ptr<const ScoringModel> expected;  // Its form is that of the subjects that have one.
    BatchScoreRequestView request;
  };

  absl::StatusOr<ScoringEngine::Batch> Prepare(const grpc::ByteBuffer& bytes) {
    received_ = std::make_unique<Received>(bytes);
    BatchScoreRequestView& request = received_->request;
    const auto form_of = [this](absl::string_view name) {
      received_->expected = engine_.Expect(name.empty() ? name_ : name);
      return received_->expected == nullptr ? nullptr : &received_->expected->form();
    };
    CLIENTELE_RETURN_IF_ERROR(ReadBatchScoreRequest(received_->wire, bytes.Length(), form_of, request));
    if (!request.name.empty()) name_ = std::string(request.name);
    request.name = name_;
    return engine_.Prepare(request);
  }

  const ScoringEngine& engine_;
  std::string name_;  // Of the model, for requests that name none: the one before was for it.
  std::unique_ptr<Received> received_;
  absl::StatusOr<ScoringEngine::Batch> batch_;
};

grpc::ServerUnaryReactor* ScoringService::BatchScore(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    BatchAnswerer answerer(engine_);
    answerer.Take(*request);
    CLIENTELE_ASSIGN_OR_RETURN(*response, answerer.Answer(call));
    return absl::OkStatus();
  });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ScoringService::StreamScore(
    grpc::CallbackServerContext* context) {
  return rpc::AnswerStream<grpc::ByteBuffer, grpc::ByteBuffer>(context, places_,
                                                               std::make_unique<BatchAnswerer>(engine_));
}

grpc::ServerUnaryReactor* ScoringService::ScoreCustomer(grpc::CallbackServerContext* context,
                                                        const v1::ScoreCustomerRequest* request,
                                                        v1::ScoreCustomerResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    return ScoreCustomerWithTrends(call, *request, *response);
  });
}

grpc::ServerUnaryReactor* ScoringService::ExplainScoreChange(grpc::CallbackServerContext* context,
                                                             const v1::ExplainScoreChangeRequest* request,
                                                             v1::ExplainScoreChangeResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, changes_.Explain(call, *request));
    return absl::OkStatus();
  });
}

// What a trend needs is waited for, and so on a thread of `calls_`.
void ScoringService::AddTrend(const std::shared_ptr<OneScore>& scored, grpc::ByteBuffer* response,
                              const rpc::EndCall& end) {
  const auto add = [this, scored, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", scored->request.name));
    CLIENTELE_RETURN_IF_ERROR(trends_.Add(call, reference.tenant, scored->request.subject.customer_id,
                                          scored->request.trend_days, {scored->response}));
    *response = rpc::Serialize(*scored->response);
    return absl::OkStatus();
  };
  const absl::Status status = calls_.Run([add, end] { end(add); });
  if (!status.ok()) end([&status](const rpc::Call&) { return status; });
}

absl::Status ScoringService::ScoreCustomerWithTrends(const rpc::Call& call, const v1::ScoreCustomerRequest& request,
                                                     v1::ScoreCustomerResponse& response) const {
  CLIENTELE_RETURN_IF_ERROR(Trends::CheckDays(request.trend_days()));
  CLIENTELE_ASSIGN_OR_RETURN(response, engine_.ScoreCustomer(call, request));
  if (request.trend_days() == 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request.name()));
  const std::vector<v1::ScoreResponse*> scores(response.mutable_scores()->pointer_begin(),
                                               response.mutable_scores()->pointer_end());
  return trends_.Add(call, name.tenant, name.customer_id, request.trend_days(), scores);
}

}  // namespace clientele::inference
