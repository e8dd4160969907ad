// Short names for clusters: "High spend, recent purchase".
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "clientele/common/v1/feature.pb.h"

namespace clientele::training {

// One way in which a cluster stands out.
struct Trait {
  const common::v1::FeatureDefinition* feature = nullptr;
  double z = 0;          // Above or below the average.
  std::string category;  // A category feature: its most frequent value.
};

// The feature's name for people, as it stands inside a sentence: "spend last 90 days", "NPS".
std::string NounOf(const common::v1::FeatureDefinition& feature);

// "high spend", "recent purchase", "contract Two year".
std::string DescribeTrait(const Trait& trait);

// One name a cluster from its traits, strongest first: the first two, and as many more as it takes to be unlike the
// others; then numbered. "Average" without any.
std::vector<std::string> NameClusters(absl::Span<const std::vector<Trait>> clusters);

}  // namespace clientele::training
