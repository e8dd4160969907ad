#include "services/inference/registry/upload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;
constexpr int kMaxAliases = 16;

absl::Status InvalidArtifact(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kArtifactInvalid, message);
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
}

}  // namespace

absl::StatusOr<PublishOrder> ParsePublishOrder(const v1::PublishModelVersionRequest::Header& header) {
  CLIENTELE_ASSIGN_OR_RETURN(ModelName name, ParseModelName("header.parent", header.parent()));
  PublishOrder order(std::move(name.tenant), std::move(name.model));
  if (!IsResourceId(order.model)) {
    return InvalidField("header.parent", absl::StrCat("model \"", order.model, "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  if (!IsSha256(header.sha256())) {
    return InvalidField("header.sha256", "required: the SHA-256 of the artifact, 64 hexadecimal digits");
  }
  order.sha256 = absl::AsciiStrToLower(header.sha256());
  if (header.size_bytes() < 0 || header.size_bytes() > kMaxArtifactBytes) {
    return InvalidField("header.size_bytes", absl::StrCat(header.size_bytes(), " is not in 0 to ", kMaxArtifactBytes));
  }
  order.size_bytes = header.size_bytes();
  if (header.request_id().size() > kMaxRequestIdBytes) {
    return InvalidField("header.request_id", absl::StrCat("longer than ", kMaxRequestIdBytes, " bytes"));
  }
  order.request_id = header.request_id();
  if (!header.training_job().empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName job,
                               ParseTrainingJobName("header.training_job", header.training_job()));
    if (job.tenant != order.tenant) return InvalidField("header.training_job", "is of another tenant than the parent");
  }
  order.training_job = header.training_job();
  order.gate_decision = header.gate_decision();
  if (header.aliases_size() > kMaxAliases) {
    return InvalidField("header.aliases", absl::StrCat("more than ", kMaxAliases));
  }
  for (int i = 0; i < header.aliases_size(); ++i) {
    if (!IsResourceId(header.aliases(i))) {
      return InvalidField(absl::StrCat("header.aliases[", i, "]"),
                          absl::StrCat("\"", header.aliases(i), "\" is not [a-z][a-z0-9-]{0,62}"));
    }
    order.aliases.push_back(header.aliases(i));
  }
  std::sort(order.aliases.begin(), order.aliases.end());
  order.aliases.erase(std::unique(order.aliases.begin(), order.aliases.end()), order.aliases.end());
  return order;
}

std::string FingerprintOf(const PublishOrder& order) {
  return Sha256Hex(
      absl::StrCat(order.model, "\n", order.sha256, "\n", order.training_job, "\n", absl::StrJoin(order.aliases, ",")));
}

absl::Status Upload::Append(const PublishOrder& order, absl::string_view chunk) {
  if (chunk.empty()) return InvalidField("chunk", "is empty");
  const auto size = static_cast<int64_t>(chunk.size());
  if (size > kMaxChunkBytes) {
    return InvalidField("chunk", absl::StrCat(size, " bytes are more than ", kMaxChunkBytes));
  }
  const int64_t limit = order.size_bytes > 0 ? order.size_bytes : kMaxArtifactBytes;
  if (size_bytes_ + size > limit) {
    return InvalidArtifact(absl::StrCat("the artifact has more than ",
                                        order.size_bytes > 0 ? "the header's " : "the allowed ", limit, " bytes"));
  }
  size_bytes_ += size;
  digest_.Update(chunk);
  return artifact_->Append(chunk);
}

absl::Status Upload::Finish(const PublishOrder& order) {
  if (order.size_bytes > 0 && size_bytes_ != order.size_bytes) {
    return InvalidArtifact(
        absl::StrCat("the artifact has ", size_bytes_, " bytes, but the header says ", order.size_bytes));
  }
  const std::string sha256 = digest_.Hex();
  if (sha256 != order.sha256) {
    return InvalidArtifact(absl::StrCat("the artifact's SHA-256 is ", sha256, ", but the header says ", order.sha256));
  }
  return absl::OkStatus();
}

}  // namespace clientele::inference
