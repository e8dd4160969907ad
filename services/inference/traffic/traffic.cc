#include "services/inference/traffic/traffic.h"

#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

constexpr int kMostArms = 20;
constexpr size_t kMostSaltBytes = 64;

absl::Status CheckWeights(absl::string_view field, const v1::ModelTraffic& message) {
  double sum = 0;
  for (int i = 0; i < message.arms_size(); ++i) {
    const double weight = message.arms(i).weight();
    if (!std::isfinite(weight) || weight < 0) {
      return InvalidField(absl::StrCat(field, ".arms[", i, "].weight"), absl::StrCat(weight, " is not 0 or more"));
    }
    sum += weight;
  }
  if (message.arms().empty() || (sum > 0 && std::isfinite(sum))) return absl::OkStatus();
  return InvalidField(absl::StrCat(field, ".arms"), "have no weight above 0, or more than there are numbers");
}

absl::StatusOr<TrafficTarget> ReadTarget(absl::string_view field, const ModelName& name, const std::string& text) {
  TrafficTarget target;
  TenantId tenant = name.tenant;
  std::string model;
  if (absl::StrContains(text, "/aliases/")) {
    CLIENTELE_ASSIGN_OR_RETURN(AliasName alias, ParseAliasName(field, text));
    target.alias = std::move(alias.alias);
    model = std::move(alias.model);
    tenant = std::move(alias.tenant);
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(VersionName version, ParseVersionName(field, text));
    target.version = version.version;
    model = std::move(version.model);
    tenant = std::move(version.tenant);
  }
  if (tenant == name.tenant && model == name.model) return target;
  return InvalidField(field, absl::StrCat("\"", text, "\" is of another model"));
}

absl::StatusOr<TrafficTarget> ReadShadow(absl::string_view field, const ModelName& name,
                                         const v1::ShadowTraffic& shadow) {
  if (!(shadow.share() > 0 && shadow.share() <= 1)) {
    return InvalidField(absl::StrCat(field, ".share"), absl::StrCat(shadow.share(), " is not above 0 and at most 1"));
  }
  return ReadTarget(absl::StrCat(field, ".target"), name, shadow.target());
}

}  // namespace

absl::StatusOr<Traffic> ParseTraffic(absl::string_view field, const ModelName& name, const v1::ModelTraffic& message) {
  if (message.arms_size() > kMostArms) {
    return InvalidField(absl::StrCat(field, ".arms"), absl::StrCat(message.arms_size(), " are more than ", kMostArms));
  }
  if (message.salt().size() > kMostSaltBytes) {
    return InvalidField(absl::StrCat(field, ".salt"), absl::StrCat("has more than ", kMostSaltBytes, " bytes"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckWeights(field, message));
  double sum = 0, before = 0;
  for (const auto& arm : message.arms()) sum += arm.weight();
  Traffic traffic{message, {}, std::nullopt};
  std::set<std::string> seen;
  for (int i = 0; i < message.arms_size(); ++i) {
    const std::string here = absl::StrCat(field, ".arms[", i, "]");
    TrafficArm arm;
    arm.id = message.arms(i).arm();
    if (!IsResourceId(arm.id))
      return InvalidField(here + ".arm", absl::StrCat("\"", arm.id, "\" is not [a-z][a-z0-9-]{0,62}"));
    if (!seen.insert(arm.id).second) return InvalidField(here + ".arm", absl::StrCat("\"", arm.id, "\" comes twice"));
    CLIENTELE_ASSIGN_OR_RETURN(arm.target, ReadTarget(here + ".target", name, message.arms(i).target()));
    before += message.arms(i).weight();  // In the order of `sum`, so that the last is exactly it.
    arm.until = before / sum;
    traffic.arms.push_back(std::move(arm));
  }
  if (message.has_shadow()) {
    CLIENTELE_ASSIGN_OR_RETURN(traffic.shadow, ReadShadow(absl::StrCat(field, ".shadow"), name, message.shadow()));
  }
  return traffic;
}

const TrafficArm* ArmOf(const Traffic& traffic, const ModelName& name, absl::string_view customer_id) {
  const absl::string_view zero("\0", 1);  // In no id, so that no two customers share a text.
  const uint64_t hash =
      Hash64(absl::StrCat(name.tenant.value(), zero, name.model, zero, traffic.message.salt(), zero, customer_id));
  const double place = static_cast<double>(hash >> 11) * 0x1p-53;
  for (const TrafficArm& arm : traffic.arms) {
    if (place < arm.until) return &arm;
  }
  return nullptr;
}

std::string TrafficEtag(const v1::ModelTraffic& message) {
  v1::ModelTraffic named = message;
  named.clear_etag();
  return Sha256Hex(named.SerializeAsString()).substr(0, 16);
}

}  // namespace clientele::inference
