// Scoring by messages: as over the wire, in one call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "common/base/status_macros.h"
#include "services/inference/scoring/score_bytes.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/scoring_engine.h"

namespace clientele::testutil {

// Reads the features that are given into a row. They must outlive the row.
inline absl::Status ReadGiven(const inference::ScoringModel& model, absl::string_view subject,
                              absl::Span<model::Cell> row) {
  return inference::GivenFeatures(model).Read(
      subject, [] { return std::string("subject"); }, row);
}

// The score of a row of what is given.
inline absl::StatusOr<inference::v1::Score> ScoreGiven(const inference::ScoringModel& model,
                                                       const std::vector<model::v1::NamedValue>& given,
                                                       int max_reasons) {
  inference::v1::Subject subject;
  for (const auto& value : given) *subject.add_features() = value;
  const std::string bytes = subject.SerializeAsString();
  std::vector<model::Cell> row(model.num_features());
  CLIENTELE_RETURN_IF_ERROR(ReadGiven(model, bytes, absl::MakeSpan(row)));
  return inference::ScoreRow(model, row, max_reasons);
}

inline absl::StatusOr<inference::v1::ScoreResponse> Score(const inference::ScoringEngine& engine, const rpc::Call& call,
                                                          const inference::v1::ScoreRequest& request) {
  const std::string bytes = request.SerializeAsString();
  inference::ScoreRequestView view;
  CLIENTELE_RETURN_IF_ERROR(inference::ReadScoreRequest(bytes, view));
  inference::v1::ScoreResponse response;
  absl::Status status;
  absl::Notification done;
  engine.Score(call, view, response, [&](absl::Status ended) {
    status = std::move(ended);
    done.Notify();
  });
  done.WaitForNotification();
  CLIENTELE_RETURN_IF_ERROR(status);
  return response;
}

inline absl::StatusOr<inference::v1::BatchScoreResponse> BatchScore(const inference::ScoringEngine& engine,
                                                                    const rpc::Call& call,
                                                                    const inference::v1::BatchScoreRequest& request) {
  const std::string bytes = request.SerializeAsString();
  inference::BatchScoreRequestView view;
  CLIENTELE_RETURN_IF_ERROR(inference::ReadBatchScoreRequest(bytes, view));
  inference::v1::BatchScoreResponse rest;
  inference::ScoreBytes scores(view.subjects.size());
  CLIENTELE_ASSIGN_OR_RETURN(const auto batch, engine.Prepare(view));
  const auto take = [&](int i, const inference::v1::Score& score) { scores.Set(i, score); };
  CLIENTELE_RETURN_IF_ERROR(engine.BatchScore(call, batch, view, rest, take, &scores));
  std::string answer(scores.size(), '\0');
  scores.Write(answer.data());
  rest.AppendToString(&answer);
  inference::v1::BatchScoreResponse response;
  if (!response.ParseFromString(answer)) return absl::InternalError("the answer is no BatchScoreResponse");
  return response;
}

}  // namespace clientele::testutil
