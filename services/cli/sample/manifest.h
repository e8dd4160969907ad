// What a run of `sample` made for a tenant, kept beside the truth: so that a run on another day makes the same again,
// and not a second past of the same customers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele::cli {

inline constexpr absl::string_view kCrmSample = "crm";

struct SampleManifest {
  std::string tenant;
  int customers = 0;
  uint64_t seed = 0;
  std::string end;
  std::string model = std::string(kCrmSample);  // Or a cohort's: "bg-nbd".
  std::string parameters;  // Of a cohort: "r=0.243,alpha=4.414,a=0.793,b=2.426;p=6.25,q=3.74,gamma=15.44".
  int holdout_days = 0;    // Of a cohort.
  int64_t records = 0;     // 0: the run did not come to its end.
};

// Unset: it is no manifest.
std::optional<SampleManifest> ParseSampleManifest(const std::string& text);
std::string SampleManifestJson(const SampleManifest& manifest);

// Whether what is asked for is what an earlier run made; an empty end is any.
bool MakesTheSame(const SampleManifest& asked, const SampleManifest& earlier);

}  // namespace clientele::cli
