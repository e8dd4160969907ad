#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

using model::v1::ModelCard;
using Feature = ModelCard::CardFeature;

namespace {

constexpr int kMost = 8;
constexpr double kRowHeight = 22;
constexpr double kRoomForText = 1.75;

std::string NameOf(const Feature& feature) {
  return feature.display_name().empty() ? feature.feature() : feature.display_name();
}

// As coefficients are drawn: what raises, what lowers, neither.
absl::string_view ColorOf(const Feature& feature) {
  if (feature.direction() == "raises") return "bar c1";
  return feature.direction() == "lowers" ? "bar c0" : "bar c7";
}

std::string Says(const std::vector<const Feature*>& shown) {
  if (shown.empty()) return "";
  std::string says = absl::StrCat(NameOf(*shown[0]), " weighs most, with ", Share(shown[0]->importance()));
  if (shown.size() > 1) absl::StrAppend(&says, "; then ", NameOf(*shown[1]), " with ", Share(shown[1]->importance()));
  return says + ".";
}

}  // namespace

Picture ImportancePicture(const ModelCard& card) {
  std::vector<const Feature*> shown;
  std::vector<std::string> names;
  double most = 0;
  for (const Feature& feature : card.features()) {
    if (!(feature.importance() > 0) || shown.size() == kMost) continue;
    shown.push_back(&feature);
    names.push_back(NameOf(feature));
    most = std::max(most, feature.importance());
  }
  Chart chart(Axis::Shares("Share of the weight", {0, kRoomForText * most}), Axis::Names("Feature", names),
              std::max(60.0, kRowHeight * static_cast<double>(names.size())));
  for (size_t i = 0; i < shown.size(); ++i) {
    const double y = static_cast<double>(i), share = shown[i]->importance();
    const std::string text =
        absl::StrCat(Share(share), shown[i]->direction().empty() ? "" : ", ", shown[i]->direction());
    chart.Box({0, y + 0.15}, {share, y + 0.85}, ColorOf(*shown[i]), absl::StrCat(names[i], ": ", text));
    chart.Label({share, y + 0.5}, text, Anchor::kStart, {5, 4});
  }
  std::string says = Says(shown);
  if (!card.importance_basis().empty()) absl::StrAppend(&says, " ", card.importance_basis(), ".");
  return {.heading = "What it looks at most",
          .drawing = chart.Svg("Weights of the features", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
