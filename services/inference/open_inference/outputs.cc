#include "services/inference/open_inference/outputs.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/model/rfm/scorer.h"

namespace clientele::inference {
namespace {

using ::inference::InferTensorContents;
using model::Prediction;

// An output that is one number of the prediction.
template <auto kMember>
void AppendNumber(const ScoringModel&, const Prediction& prediction, InferTensorContents& contents) {
  contents.add_fp64_contents(prediction.*kMember);
}

template <auto kMember>
void AppendNumbers(const ScoringModel&, const Prediction& prediction, InferTensorContents& contents) {
  contents.mutable_fp64_contents()->Add((prediction.*kMember).begin(), (prediction.*kMember).end());
}

template <auto kMember>
void AppendRfmScore(const ScoringModel&, const Prediction& prediction, InferTensorContents& contents) {
  contents.add_int_contents(prediction.rfm.*kMember);
}

void AppendPositive(const ScoringModel& model, const Prediction& prediction, InferTensorContents& contents) {
  contents.add_bool_contents(prediction.output >= model.predictor().artifact().logistic_regression().threshold());
}

void AppendCluster(const ScoringModel& model, const Prediction& prediction, InferTensorContents& contents) {
  contents.add_bytes_contents(model.predictor().artifact().kmeans().clusters(prediction.cluster).name());
}

void AppendClusterIndex(const ScoringModel&, const Prediction& prediction, InferTensorContents& contents) {
  contents.add_int_contents(prediction.cluster);
}

void AppendClass(const ScoringModel& model, const Prediction& prediction, InferTensorContents& contents) {
  const auto& classes = model.predictor().artifact().multinomial_regression().classes();
  contents.add_bytes_contents(classes[prediction.predicted_class].name());
}

void AppendRfmSegment(const ScoringModel& model, const Prediction& prediction, InferTensorContents& contents) {
  const auto label = model::LabelOf(model.predictor().artifact().rfm(), prediction.cluster);
  contents.add_bytes_contents(std::string(label.name));
}

constexpr Output kPercentile = {"percentile", "FP64", 1, AppendNumber<&Prediction::percentile>};

std::vector<Output> ValueOutputs(const ScoringModel& model) {
  std::vector<Output> outputs = {{"value", "FP64", 1, AppendNumber<&Prediction::output>}, kPercentile};
  if (model.predictor().artifact().value_regression().intervals().coverage() > 0) {
    outputs.push_back({"lower", "FP64", 1, AppendNumber<&Prediction::lower>});
    outputs.push_back({"upper", "FP64", 1, AppendNumber<&Prediction::upper>});
  }
  return outputs;
}

std::vector<Output> SurvivalOutputs(const ScoringModel& model) {
  std::vector<Output> outputs = {{"hazard_ratio", "FP64", 1, AppendNumber<&Prediction::output>}, kPercentile};
  const int horizons = model.predictor().artifact().survival().horizons_size();
  if (horizons > 0) outputs.push_back({"survival", "FP64", horizons, AppendNumbers<&Prediction::survival>});
  return outputs;
}

template <typename Field>
std::string BytesOf(const Field& field) {
  return std::string(reinterpret_cast<const char*>(field.data()), field.size() * sizeof(*field.data()));
}

std::string RawTexts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) {
    const auto size = static_cast<uint32_t>(text.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof(size));
    bytes += text;
  }
  return bytes;
}

}  // namespace

std::vector<Output> OutputsOf(const ScoringModel& model) {
  const auto& artifact = model.predictor().artifact();
  switch (model.algorithm()) {
    case v1::ALGORITHM_LOGISTIC_REGRESSION:
      return {{"probability", "FP64", 1, AppendNumber<&Prediction::output>},
              {"positive", "BOOL", 1, AppendPositive},
              kPercentile};
    case v1::ALGORITHM_VALUE_REGRESSION: return ValueOutputs(model);
    case v1::ALGORITHM_KMEANS:
      return {{"segment", "BYTES", 1, AppendCluster},
              {"index", "INT32", 1, AppendClusterIndex},
              {"distance", "FP64", 1, AppendNumber<&Prediction::output>}};
    case v1::ALGORITHM_MULTINOMIAL_REGRESSION:
      return {{"predicted_class", "BYTES", 1, AppendClass},
              {"probabilities", "FP64", artifact.multinomial_regression().classes_size(),
               AppendNumbers<&Prediction::probabilities>}};
    case v1::ALGORITHM_LIFETIME_VALUE:
      return {{"value", "FP64", 1, AppendNumber<&Prediction::output>},
              {"probability_alive", "FP64", 1, AppendNumber<&Prediction::probability_alive>},
              {"expected_purchases", "FP64", 1, AppendNumber<&Prediction::expected_purchases>},
              kPercentile};
    case v1::ALGORITHM_SURVIVAL: return SurvivalOutputs(model);
    case v1::ALGORITHM_RFM:
      return {{"segment", "BYTES", 1, AppendRfmSegment},
              {"recency_score", "INT32", 1, AppendRfmScore<&model::RfmScores::recency>},
              {"frequency_score", "INT32", 1, AppendRfmScore<&model::RfmScores::frequency>},
              {"monetary_score", "INT32", 1, AppendRfmScore<&model::RfmScores::monetary>}};
    default: return {{"output", "FP64", 1, AppendNumber<&Prediction::output>}};
  }
}

absl::StatusOr<std::vector<Output>> WantedOutputs(
    const ScoringModel& model,
    const google::protobuf::RepeatedPtrField<::inference::ModelInferRequest::InferRequestedOutputTensor>& wanted) {
  const std::vector<Output> all = OutputsOf(model);
  if (wanted.empty()) return all;
  std::vector<Output> outputs;
  for (int i = 0; i < wanted.size(); ++i) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Output& one) { return one.name == wanted[i].name(); });
    if (found == all.end()) {
      return InvalidField(absl::StrCat("outputs[", i, "].name"),
                          absl::StrCat("the model has no output \"", wanted[i].name().substr(0, 64),
                                       "\"; known: ", absl::StrJoin(all, ", ", [](std::string* out, const Output& one) {
                                         absl::StrAppend(out, one.name);
                                       })));
    }
    outputs.push_back(*found);
  }
  return outputs;
}

void MakeRaw(::inference::ModelInferResponse& response) {
  for (auto& output : *response.mutable_outputs()) {
    const InferTensorContents& contents = output.contents();
    std::string bytes = output.datatype() == "FP64"    ? BytesOf(contents.fp64_contents())
                        : output.datatype() == "INT32" ? BytesOf(contents.int_contents())
                        : output.datatype() == "BOOL"  ? BytesOf(contents.bool_contents())
                                                       : RawTexts(contents.bytes_contents());
    response.add_raw_output_contents(std::move(bytes));
    output.clear_contents();
  }
}

}  // namespace clientele::inference
