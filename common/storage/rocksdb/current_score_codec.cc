// A current score is one message in RocksDB, and columns that reports can read in PostgreSQL.
#include <bit>
#include <string>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "common/storage/current_score_rules.h"
#include "common/storage/move/codecs.h"
#include "common/storage/postgresql/values.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using inference::v1::CurrentScore;
using postgresql::FromBigEndian;

enum Column : size_t {
  kTenant,
  kModel,
  kCustomer,
  kShard,
  kScore,
  kPercentile,
  kTier,
  kSegment,
  kPreviousScore,
  kPreviousTier,
  kPreviousSegment,
  kPreviousVersion,
  kPreviousFeatureTime,
  kReasons,
  kVersion,
  kArm,
  kFeatureTime,
  kScoreTime
};

std::string TimeBytes(const google::protobuf::Timestamp& time) {
  return postgresql::Time(absl::ToUnixMicros(FromProto(time))).bytes;
}
bool AddVersion(const std::string& name, Row& row) {
  const auto version = ParseVersionName("model_version", name);
  if (version.ok()) row.Add(postgresql::Int8(version->version).bytes);
  return version.ok();
}

bool AddPrevious(const CurrentScore& score, Row& row) {
  if (!score.has_previous()) {
    for (size_t i = kPreviousScore; i <= kPreviousFeatureTime; ++i) row.Add("");
    return true;
  }
  const auto& previous = score.previous();
  row.Add(postgresql::Float8(previous.score()).bytes);
  row.Add(postgresql::Readable(previous.tier()));
  row.Add(postgresql::Readable(previous.segment()));
  if (!AddVersion(previous.model_version(), row)) return false;
  row.Add(TimeBytes(previous.feature_time()));
  return true;
}

bool Decode(absl::string_view key, absl::string_view value, Codec::VisitRow visit) {
  Row row;
  CurrentScore score;
  for (int part = 0; part < 3; ++part) {  // Tenant, model, customer.
    std::string scratch;
    absl::string_view text;
    if (!ReadText(key, scratch, text)) return false;
    row.Add(text);
  }
  const auto tenant = TenantId::Parse(row[kTenant]);
  if (!tenant.ok() || !key.empty() || !score.ParseFromArray(value.data(), static_cast<int>(value.size()))) return false;
  row.Add(postgresql::Int2(ShardOf(*tenant, row[kCustomer])).bytes);
  row.Add(postgresql::Float8(score.score()).bytes);
  row.Add(score.has_percentile() ? postgresql::Float8(score.percentile()).bytes : "");
  row.Add(postgresql::Readable(score.tier()));
  row.Add(postgresql::Readable(score.segment()));
  if (!AddPrevious(score, row)) return false;
  row.Add(postgresql::Readable(absl::StrJoin(score.reasons(), "\n")));
  if (!AddVersion(score.model_version(), row)) return false;
  row.Add(score.arm());
  row.Add(TimeBytes(score.feature_time()));
  row.Add(TimeBytes(score.score_time()));
  visit(row);
  return true;
}

bool GetNumber(absl::string_view value, int64_t& number) {
  if (value.size() != sizeof(number)) return false;
  number = FromBigEndian<int64_t>(value.data());
  return true;
}
// Of 8 bytes each.
double DoubleOf(absl::string_view value) { return std::bit_cast<double>(FromBigEndian<uint64_t>(value.data())); }
google::protobuf::Timestamp TimeOf(absl::string_view value) {
  return ToProto(absl::FromUnixMicros(FromBigEndian<int64_t>(value.data()) + postgresql::kEpochMicros));
}

bool Encode(const Row& row, std::string& key, std::string& value) {
  const auto tenant = TenantId::Parse(row[kTenant]);
  int64_t version = 0, unread = 0;
  if (!tenant.ok() || !GetNumber(row[kVersion], version) || !GetNumber(row[kScore], unread) ||
      !GetNumber(row[kFeatureTime], unread) || !GetNumber(row[kScoreTime], unread)) {
    return false;
  }
  const std::string model(row[kModel]);
  CurrentScore score;
  score.set_customer_id(std::string(row[kCustomer]));
  score.set_name(FormatModelCustomer({*tenant, model, score.customer_id()}, kCurrentScores));
  score.set_score(DoubleOf(row[kScore]));
  if (GetNumber(row[kPercentile], unread)) score.set_percentile(DoubleOf(row[kPercentile]));
  score.set_tier(std::string(row[kTier]));
  score.set_segment(std::string(row[kSegment]));
  if (GetNumber(row[kPreviousScore], unread) && GetNumber(row[kPreviousFeatureTime], unread) &&
      GetNumber(row[kPreviousVersion], unread)) {
    auto& previous = *score.mutable_previous();
    previous.set_score(DoubleOf(row[kPreviousScore]));
    previous.set_tier(std::string(row[kPreviousTier]));
    previous.set_segment(std::string(row[kPreviousSegment]));
    previous.set_model_version(FormatVersion(*tenant, model, unread));
    *previous.mutable_feature_time() = TimeOf(row[kPreviousFeatureTime]);
    score.set_change(score.score() - previous.score());
  }
  for (const absl::string_view reason : absl::StrSplit(row[kReasons], '\n', absl::SkipEmpty())) {
    score.add_reasons(std::string(reason));
  }
  score.set_model_version(FormatVersion(*tenant, model, version));
  score.set_arm(std::string(row[kArm]));
  *score.mutable_feature_time() = TimeOf(row[kFeatureTime]);
  *score.mutable_score_time() = TimeOf(row[kScoreTime]);
  for (const Column part : {kTenant, kModel, kCustomer}) AppendText(row[part], key);
  value = score.SerializeAsString();
  return true;
}

}  // namespace

const Codec kCurrentScoreCodec = {&Decode, &Encode};

}  // namespace clientele::storage
