#include "common/quota/row_counter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace clientele::quota {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr RowMethod kRowMethods[] = {
    {"clientele.ingestion.v1.IngestionService/IngestRecords", "records"},
    {"clientele.ingestion.v1.IngestionService/IngestRecordBatch", "records"},
    {"clientele.ingestion.v1.FeatureService/BatchGetFeatures", "customer_ids"},
    {"clientele.ingestion.v1.FeatureService/BatchGetLabels", "instants"},
    {"clientele.inference.v1.ScoringService/Score", ""},
    {"clientele.inference.v1.ScoringService/ScoreCustomer", ""},
    {"clientele.inference.v1.ScoringService/ExplainScoreChange", ""},
    {"clientele.inference.v1.ScoringService/BatchScore", "subjects"},
    {"clientele.inference.v1.ScoringService/StreamScore", "subjects"},
    {"clientele.inference.v1.ValueService/ComputePotentialValues", "subjects"},
    {"inference.GRPCInferenceService/ModelInfer", "inputs"},
};

constexpr int64_t kMostRows = 1'000'000;  // No message holds more; a tensor's shape may say anything.

// Tensors hold a row in each place of their first dimension, and all of them the same rows.
int64_t TensorRows(const Message& request, const FieldDescriptor& inputs) {
  const auto& reflection = *request.GetReflection();
  if (reflection.FieldSize(request, &inputs) == 0) return 0;
  const Message& tensor = reflection.GetRepeatedMessage(request, &inputs, 0);
  const FieldDescriptor* shape = tensor.GetDescriptor()->FindFieldByName("shape");
  if (tensor.GetReflection()->FieldSize(tensor, shape) == 0) return 1;
  return std::clamp<int64_t>(tensor.GetReflection()->GetRepeatedInt64(tensor, shape, 0), 1, kMostRows);
}

}  // namespace

absl::Span<const RowMethod> RowMethods() { return kRowMethods; }

RowCounter::RowCounter() {
  const auto& pool = *google::protobuf::DescriptorPool::generated_pool();
  for (const RowMethod& entry : kRowMethods) {
    const auto* method = pool.FindMethodByName(absl::StrReplaceAll(entry.method, {{"/", "."}}));
    if (method == nullptr) continue;
    fields_[absl::StrCat("/", entry.method)] =
        entry.field.empty() ? nullptr : method->input_type()->FindFieldByName(std::string(entry.field));
  }
}

int64_t RowCounter::Count(absl::string_view method, const Message& request) const {
  const auto it = fields_.find(method);
  if (it == fields_.end()) return 0;
  if (it->second == nullptr) return 1;
  if (it->second->name() == "inputs") return TensorRows(request, *it->second);
  return request.GetReflection()->FieldSize(request, it->second);
}

int64_t RowCounter::Count(absl::string_view method, google::protobuf::io::ZeroCopyInputStream& wire) const {
  using google::protobuf::internal::WireFormatLite;
  const auto it = fields_.find(method);
  if (it == fields_.end()) return 0;
  if (it->second == nullptr) return 1;
  google::protobuf::io::CodedInputStream input(&wire);
  int64_t rows = 0;
  while (const uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == it->second->number()) ++rows;
    if (!WireFormatLite::SkipField(&input, tag)) break;
  }
  return rows;
}

}  // namespace clientele::quota
