#include "services/inference/scoring/feature_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/wire_reader.h"
#include "services/inference/scoring/value_view.h"

namespace clientele::inference {
namespace {

using ingestion::v1::BatchGetFeaturesResponse;
using ingestion::v1::FeatureVector;

absl::Status BadAnswer(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               absl::StrCat("ingestion's answer does not fit the request: ", what));
}

// How a number begins among a row's values: all bytes but its own eight.
constexpr char kNumberFront[] = {static_cast<char>(WireReader::Bytes(FeatureVector::kValuesFieldNumber)),
                                 1 + sizeof(double),
                                 static_cast<char>(WireReader::Fixed64(common::v1::Value::kNumberFieldNumber))};
constexpr size_t kNumberSize = sizeof(kNumberFront) + sizeof(double);

// Reads a finite number off the front of `rest`, where one is there.
bool ReadNumber(absl::string_view rest, double& number) {
  if (rest.size() < kNumberSize || std::memcmp(rest.data(), kNumberFront, sizeof(kNumberFront)) != 0) return false;
  std::memcpy(&number, rest.data() + sizeof(kNumberFront), sizeof(number));
  return std::isfinite(number);
}

// Whose row it is, and whether it holds anything.
struct RowHead {
  absl::string_view customer_id;
  bool found = false;
};

bool ReadHead(absl::string_view bytes, RowHead& head) {
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(FeatureVector::kCustomerIdFieldNumber): head.customer_id = in.bytes(); break;
      case WireReader::Varint(FeatureVector::kFoundFieldNumber): head.found = in.flag(); break;
    }
  }
  return in.ok();
}

}  // namespace

absl::StatusOr<FeatureRows> ReadFeatureRows(absl::string_view bytes, absl::Span<const std::string> customer_ids,
                                            const FeatureNames& asked) {
  const auto frame = std::make_shared<FeatureFrame>(FeatureFrame{asked, {}});
  std::vector<absl::string_view> features;
  FeatureRows rows;
  rows.reserve(customer_ids.size());
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(BatchGetFeaturesResponse::kFeaturesFieldNumber): features.push_back(in.bytes()); break;
      case WireReader::Bytes(BatchGetFeaturesResponse::kAsOfFieldNumber):
        if (!frame->as_of.MergeFromString(std::string(in.bytes()))) return BadAnswer("its as_of is no time");
        break;
      case WireReader::Bytes(BatchGetFeaturesResponse::kRowsFieldNumber): {
        RowHead head;
        if (!ReadHead(in.bytes(), head)) return BadAnswer("a row is no message");
        if (rows.size() == customer_ids.size() || head.customer_id != customer_ids[rows.size()]) {
          return BadAnswer("it does not have the customers that were asked for");
        }
        rows.push_back(head.found ? std::make_shared<const FeatureRow>(FeatureRow{frame, std::string(in.bytes())})
                                  : nullptr);
        break;
      }
    }
  }
  if (!in.ok()) return BadAnswer("it is no message");
  if (rows.size() != customer_ids.size()) return BadAnswer("it does not have all customers that were asked for");
  if (!std::equal(features.begin(), features.end(), asked.begin(), asked.end())) {
    frame->features = std::vector<std::string>(features.begin(), features.end());
  }
  return rows;
}

absl::Status FeatureRowReader::Follow(const FeatureFrame& frame) {
  const FeatureNames& wanted = model_.features();
  feature_of_.resize(frame.features.size());
  if (wanted == frame.features) {
    std::iota(feature_of_.begin(), feature_of_.end(), 0);
    return absl::OkStatus();
  }
  std::vector<bool> is_there(wanted.size(), false);
  for (size_t c = 0; c < feature_of_.size(); ++c) {
    feature_of_[c] = model_.FindFeature(frame.features[c]);
    if (feature_of_[c] >= 0) is_there[feature_of_[c]] = true;
  }
  const auto missing = std::find(is_there.begin(), is_there.end(), false);
  if (missing == is_there.end()) return absl::OkStatus();
  return BadAnswer(absl::StrCat("feature \"", wanted[missing - is_there.begin()], "\" is not there"));
}

absl::Status FeatureRowReader::Read(const FeatureRow& row, absl::Span<model::Cell> cells) {
  if (row.frame != frame_) {
    CLIENTELE_RETURN_IF_ERROR(Follow(*row.frame));
    frame_ = row.frame;
  }
  size_t column = 0;
  double number = 0;
  WireReader in(row.bytes);
  while (true) {
    // Most values are numbers of the model, and a comparison tells.
    const int expected = column < feature_of_.size() ? feature_of_[column] : -1;
    if (expected >= 0 && !model_.IsCategory(expected) && ReadNumber(in.rest(), number)) {
      cells[expected] = model::Cell::Number(number);
      in.Skip(kNumberSize);
      ++column;
      continue;
    }
    if (!in.Next()) break;
    if (in.tag() != WireReader::Bytes(FeatureVector::kValuesFieldNumber)) continue;
    if (column == feature_of_.size()) return BadAnswer("a row is too long");
    const int feature = feature_of_[column++];
    if (feature < 0) continue;
    ValueView value;
    if (!ReadValue(in.bytes(), value)) return BadAnswer("a value is no message");
    const absl::string_view problem = SetCell(value, model_.IsCategory(feature), cells[feature]);
    if (!problem.empty()) return BadAnswer(absl::StrCat("the value of \"", model_.features()[feature], "\" ", problem));
  }
  if (!in.ok()) return BadAnswer("a row is no message");
  return column == feature_of_.size() ? absl::OkStatus() : BadAnswer("a row is too short");
}

}  // namespace clientele::inference
