#include "services/training/evaluation/cluster_names.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;

constexpr int kUsualTraits = 2;
constexpr size_t kMostTraits = 4;

// "days since last purchase" is about the purchase: few days are recent, many are long ago.
bool IsSince(absl::string_view noun, absl::string_view which, std::string* what) {
  for (const absl::string_view article : {"the ", ""}) {
    const std::string start = absl::StrCat("days since ", article, which, " ");
    if (!absl::StartsWith(noun, start) || noun.size() == start.size()) continue;
    *what = std::string(noun.substr(start.size()));
    return true;
  }
  return false;
}

bool IsCount(FeatureDefinition::Aggregation aggregation) {
  return aggregation == FeatureDefinition::AGGREGATION_COUNT || aggregation == FeatureDefinition::AGGREGATION_DISTINCT ||
         aggregation == FeatureDefinition::AGGREGATION_DISTINCT_DAYS;
}

std::string NameOf(const std::vector<Trait>& traits, size_t count) {
  std::vector<std::string> words;
  for (size_t i = 0; i < std::min(count, traits.size()); ++i) words.push_back(DescribeTrait(traits[i]));
  if (words.empty()) return "Average";
  std::string name = absl::StrJoin(words, ", ");
  name[0] = absl::ascii_toupper(name[0]);
  return name;
}

}  // namespace

// The first letter is small unless the word is an abbreviation.
std::string NounOf(const FeatureDefinition& feature) {
  std::string noun = feature.display_name();
  if (noun.empty()) noun = absl::StrReplaceAll(feature.name(), {{"_", " "}, {".", " "}});
  if (noun.size() > 1 && !absl::ascii_isupper(noun[1])) noun[0] = absl::ascii_tolower(noun[0]);
  return absl::StrReplaceAll(noun, {{", ", " "}});
}

std::string DescribeTrait(const Trait& trait) {
  const std::string noun = NounOf(*trait.feature);
  if (!trait.category.empty()) return absl::StrCat(noun, " ", trait.category);
  const bool high = trait.z > 0;
  const bool is_aggregate = trait.feature->has_aggregate();
  const auto aggregation = trait.feature->aggregate().aggregation();
  std::string what;
  if (IsSince(noun, "last", &what)) return absl::StrCat(high ? "long since last " : "recent ", what);
  if (IsSince(noun, "first", &what)) return absl::StrCat(high ? "long-standing since first " : "new since first ", what);
  if (is_aggregate && aggregation == FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST) return high ? "lapsed" : "recent";
  if (is_aggregate && aggregation == FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST) return high ? "long-standing" : "new";
  if (is_aggregate && IsCount(aggregation)) return absl::StrCat(high ? "many " : "few ", noun);
  return absl::StrCat(high ? "high " : "low ", noun);
}

std::vector<std::string> NameClusters(absl::Span<const std::vector<Trait>> clusters) {
  std::vector<std::string> names;
  for (const auto& traits : clusters) names.push_back(NameOf(traits, kUsualTraits));
  for (size_t count = kUsualTraits + 1; count <= kMostTraits; ++count) {
    std::map<std::string, int> uses;
    for (const std::string& name : names) ++uses[name];
    for (size_t c = 0; c < names.size(); ++c) {
      if (uses[names[c]] > 1) names[c] = NameOf(clusters[c], count);
    }
  }
  std::map<std::string, int> seen;
  for (std::string& name : names) {
    const int number = ++seen[name];
    if (number > 1) absl::StrAppend(&name, " (", number, ")");
  }
  return names;
}

}  // namespace clientele::training
