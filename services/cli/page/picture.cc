#include "services/cli/page/picture.h"

namespace clientele::cli {

Markup Figure(const Picture& picture) {
  Markup content = TextTag("h3", {}, picture.heading);
  content.Add(picture.drawing).Add(picture.legend);
  if (!picture.says.empty()) {
    Markup says = TextTag("b", {}, "What it says: ");
    content.Add(Tag("figcaption", {}, says.Add(Markup::Text(picture.says))));
  }
  return Tag("figure", {{"class", picture.wide ? "card wide" : "card"}}, content);
}

Markup Legend(const std::vector<std::pair<Markup, std::string>>& entries) {
  Markup items;
  for (const auto& [swatch, text] : entries) {
    Markup item = swatch;
    items.Add(Tag("li", {}, item.Add(Markup::Text(text))));
  }
  return Tag("ul", {{"class", "legend"}}, items);
}

}  // namespace clientele::cli
