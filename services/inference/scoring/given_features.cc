#include "services/inference/scoring/given_features.h"

#include <cmath>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/wire_reader.h"
#include "google/protobuf/stubs/common.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::NamedValue;
using google::protobuf::internal::IsStructurallyValidUTF8;
using model::Cell;

constexpr size_t kMaxListedBytes = 700;  // A status message travels in the trailers, which gRPC keeps small.
constexpr size_t kNumberBytes = 8;

// "a, b, c", as far as it fits.
std::string KnownFeatures(const ScoringModel& model) {
  std::string list;
  int listed = 0;
  for (const std::string& name : model.features()) {
    if (list.size() + name.size() > kMaxListedBytes) break;
    absl::StrAppend(&list, listed == 0 ? "" : ", ", name);
    ++listed;
  }
  const int rest = model.num_features() - listed;
  if (rest > 0) absl::StrAppend(&list, " and ", rest, " more (GetModelVersion lists them)");
  return list;
}

}  // namespace

absl::Status UnknownFeature(const ScoringModel& model, absl::string_view field, absl::string_view name) {
  name = name.substr(0, 64);
  const bool is_text = IsStructurallyValidUTF8(name.data(), static_cast<int>(name.size()));
  const std::string shown = is_text ? std::string(name) : absl::CHexEscape(name);
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat(field, ": the model has no feature \"", shown, "\"; known: ", KnownFeatures(model)),
               {{"feature", shown}});
}

void GivenFeatures::Begin() {
  seen_.resize(model_.num_features(), 0);
  places_.resize(model_.num_features());
  for (int f = 0; f < model_.num_features(); ++f) places_[f] = {model_.NumberFront(f), f};
}

void GivenFeatures::Learn(size_t num_features, size_t size) {
  if (num_features != places_.size()) return;
  RowForm form;
  for (const auto& [front, feature] : places_) {
    if (front.empty()) return;
    form.Add(front, feature);
  }
  if (form.num_bytes() != size) return;  // Something else stands between them.
  learnt_ = std::move(form);
  form_ = &learnt_;
}

absl::Status GivenFeatures::Read(absl::string_view subject, absl::FunctionRef<std::string()> field,
                                 absl::Span<Cell> row) {
  if (row_ == 0) Begin();
  ++row_;
  size_t index = 0;
  WireReader in(subject);
  while (true) {
    const absl::string_view rest = in.rest();
    if (const size_t read = ReadExpected(rest, index, row); read > 0) {
      in.Skip(read);
      ++index;
      continue;
    }
    if (!in.Next()) break;
    if (in.tag() != WireReader::Bytes(v1::Subject::kFeaturesFieldNumber)) continue;
    CLIENTELE_RETURN_IF_ERROR(ReadOne(rest.substr(0, rest.size() - in.rest().size()), in.bytes(), index, field, row));
    ++index;
  }
  if (!in.ok()) return InvalidField(field(), "is not a well-formed message");
  if (row_ == 1) Learn(index, subject.size());
  return absl::OkStatus();
}

size_t GivenFeatures::ReadExpected(absl::string_view rest, size_t index, absl::Span<Cell> row) {
  if (index >= places_.size()) return 0;
  const auto& [front, feature] = places_[index];
  if (front.empty() || rest.size() < front.size() + kNumberBytes) return 0;
  if (std::memcmp(rest.data(), front.data(), front.size()) != 0) return 0;
  double number;
  std::memcpy(&number, rest.data() + front.size(), kNumberBytes);
  if (!std::isfinite(number) || !TakeFirst(feature)) return 0;
  row[feature] = Cell::Number(number);
  return front.size() + kNumberBytes;
}

absl::Status GivenFeatures::ReadOne(absl::string_view bytes, absl::string_view message, size_t index,
                                    absl::FunctionRef<std::string()> field, absl::Span<Cell> row) {
  const auto path = [&](absl::string_view part) { return absl::StrCat(field(), ".features[", index, "]", part); };
  absl::string_view name;
  ValueView value;
  WireReader in(message);
  bool is_value = true;
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(NamedValue::kFeatureFieldNumber): name = in.bytes(); break;
      case WireReader::Bytes(NamedValue::kValueFieldNumber): is_value = is_value && ReadValue(in.bytes(), value); break;
    }
  }
  if (!in.ok() || !is_value) return InvalidField(path(""), "is not a well-formed message");
  const int feature = model_.FindFeature(name);
  if (feature < 0) return UnknownFeature(model_, path(".feature"), name);
  if (!TakeFirst(feature)) return InvalidField(path(".feature"), absl::StrCat("\"", name, "\" is given twice"));
  const absl::string_view problem = SetCell(value, model_.IsCategory(feature), row[feature]);
  if (!problem.empty()) {
    return InvalidField(path(".value"), absl::StrCat("the value of \"", name, "\" ", problem));
  }
  Expect(bytes, index, feature);
  return absl::OkStatus();
}

void GivenFeatures::Expect(absl::string_view bytes, size_t index, int feature) {
  const absl::string_view front = model_.NumberFront(feature);
  const bool is_plain = bytes.size() == front.size() + kNumberBytes && absl::StartsWith(bytes, front);
  places_[index] = {is_plain ? front : absl::string_view(), feature};
}

}  // namespace clientele::inference
