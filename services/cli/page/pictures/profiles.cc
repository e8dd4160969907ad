#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/numbers.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;
using Mean = ClusterEvaluation::Mean;
using Profile = ClusterEvaluation::Profile;

namespace {

// A mean in the feature's own unit; where the feature is a category, its most frequent value here and that one's share.
std::string MeanText(const Mean& mean, double value) {
  return mean.category().empty() ? Significant(value) : absl::StrCat(mean.category(), " ", Share(value));
}

// The cell of one feature in one cluster: its mean, its colour by z, both in full in the tooltip.
Markup MeanCell(const Mean& mean) {
  constexpr double kDeepest = 2;  // |z| from which on the colour does not change.
  const double z = std::isfinite(mean.z()) ? mean.z() : 0;
  const std::string depth = absl::StrFormat("--z:%.2f", std::min(1.0, std::abs(z) / kDeepest));
  Markup content = TextTag("span", {{"class", "mean"}}, MeanText(mean, mean.mean()));
  content.Add(TextTag("span", {{"class", "z"}}, absl::StrFormat("%+.1f", z)));
  const std::string tooltip = absl::StrFormat("%s: mean %s, of all %s, z %+.2f", mean.feature(),
                                              MeanText(mean, mean.mean()), MeanText(mean, mean.overall_mean()), z);
  return Tag("td", {{"class", z < 0 ? "heat low" : "heat high"}, {"style", depth}, {"title", tooltip}}, content);
}

// The profile's mean of a feature; null where it has none.
const Mean* Find(const Profile& profile, const std::string& feature) {
  for (const Mean& mean : profile.means()) {
    if (mean.feature() == feature) return &mean;
  }
  return nullptr;
}

Markup HeadRow(const ClusterEvaluation& evaluation) {
  Markup cells = TextTag("th", {{"scope", "col"}}, "Feature");
  for (int cluster = 0; cluster < evaluation.profiles_size(); ++cluster) {
    Markup name = MarkSwatch(cluster);
    cells.Add(Tag("th", {{"scope", "col"}}, name.Add(Markup::Text(evaluation.profiles(cluster).name()))));
  }
  return Tag("thead", {}, Tag("tr", {}, cells));
}

std::string Says(const ClusterEvaluation& evaluation) {
  const Mean* extreme = nullptr;
  const Profile* where = nullptr;
  for (const Profile& profile : evaluation.profiles()) {
    for (const Mean& mean : profile.means()) {
      if (!std::isfinite(mean.z()) || (extreme != nullptr && std::abs(mean.z()) <= std::abs(extreme->z()))) continue;
      extreme = &mean;
      where = &profile;
    }
  }
  if (extreme == nullptr) return "";
  return absl::StrCat("orange is above the mean of all, blue below; what stands out most is ", extreme->feature(),
                      " in \"", where->name(), "\": ", MeanText(*extreme, extreme->mean()), " against ",
                      MeanText(*extreme, extreme->overall_mean()),
                      " of all. Small: standard deviations from the mean.");
}

}  // namespace

Picture ProfilesPicture(const ClusterEvaluation& evaluation) {
  Markup rows;
  if (evaluation.profiles_size() > 0) {
    for (const Mean& first : evaluation.profiles(0).means()) {
      Markup cells = TextTag("th", {{"scope", "row"}}, first.feature());
      for (const Profile& profile : evaluation.profiles()) {
        const Mean* mean = Find(profile, first.feature());
        cells.Add(mean == nullptr ? TextTag("td", {}, "n/a") : MeanCell(*mean));
      }
      rows.Add(Tag("tr", {}, cells));
    }
  }
  Markup table = HeadRow(evaluation);
  table.Add(Tag("tbody", {}, rows));
  return {.heading = "What the clusters are like",
          .drawing = Tag("div", {{"class", "scroll"}}, Tag("table", {{"class", "heat-table"}}, table)),
          .legend = {},
          .says = Says(evaluation),
          .wide = true};
}

}  // namespace clientele::cli
