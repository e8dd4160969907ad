#include "services/inference/scoring/feature_rows.h"

#include <algorithm>
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

absl::StatusOr<FeatureRows> ReadFeatureRows(absl::string_view bytes, absl::Span<const std::string> customer_ids) {
  const auto frame = std::make_shared<FeatureFrame>();
  FeatureRows rows;
  rows.reserve(customer_ids.size());
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(BatchGetFeaturesResponse::kFeaturesFieldNumber):
        frame->features.emplace_back(in.bytes());
        break;
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
  return rows;
}

absl::Status FeatureRowReader::Follow(const FeatureFrame& frame) {
  const auto wanted = model_.features();
  feature_of_.resize(frame.features.size());
  if (std::equal(wanted.begin(), wanted.end(), frame.features.begin(), frame.features.end())) {
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
  WireReader in(row.bytes);
  while (in.Next()) {
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
