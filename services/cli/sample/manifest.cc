#include "services/cli/sample/manifest.h"

#include <type_traits>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/cli/output/format.h"

namespace clientele::cli {

std::optional<SampleManifest> ParseSampleManifest(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  SampleManifest manifest;
  const auto read = [&](const char* key, auto& value) {
    const auto found = json.find(key);
    if (found == json.end()) return false;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
      if (!found->is_string()) return false;
    } else {
      if (!found->is_number_integer()) return false;
    }
    found->get_to(value);
    return true;
  };
  const bool whole = read("tenant", manifest.tenant) && read("customers", manifest.customers) &&
                     read("seed", manifest.seed) && read("end", manifest.end) && read("records", manifest.records);
  if (!whole) return std::nullopt;
  read("model", manifest.model);  // Those of earlier programs do not tell these: there was the CRM alone.
  read("parameters", manifest.parameters);
  read("holdout_days", manifest.holdout_days);
  return manifest;
}

std::string SampleManifestJson(const SampleManifest& manifest) {
  return absl::StrCat("{\"tenant\": ", JsonString(manifest.tenant), ", \"customers\": ", manifest.customers,
                      ", \"seed\": ", manifest.seed, ", \"end\": ", JsonString(manifest.end),
                      ", \"model\": ", JsonString(manifest.model),
                      ", \"parameters\": ", JsonString(manifest.parameters),
                      ", \"holdout_days\": ", manifest.holdout_days, ", \"records\": ", manifest.records, "}\n");
}

bool MakesTheSame(const SampleManifest& asked, const SampleManifest& earlier) {
  return asked.tenant == earlier.tenant && asked.customers == earlier.customers && asked.seed == earlier.seed &&
         (asked.end.empty() || asked.end == earlier.end) && asked.model == earlier.model &&
         asked.parameters == earlier.parameters && asked.holdout_days == earlier.holdout_days;
}

}  // namespace clientele::cli
