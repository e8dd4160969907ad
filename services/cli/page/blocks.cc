#include "services/cli/page/blocks.h"

#include "absl/strings/str_cat.h"

namespace clientele::cli {
namespace {

absl::string_view ClassOf(const Column& column) { return column.align == Align::kRight ? "number" : "text"; }

}  // namespace

Markup Tiles(const std::vector<Tile>& tiles) {
  Markup list;
  for (const Tile& tile : tiles) {
    Markup entry = TextTag("dt", {}, tile.name);
    entry.Add(TextTag("dd", {{"class", "value"}}, tile.value));
    if (!tile.interval.empty()) entry.Add(TextTag("dd", {}, absl::StrCat("95 % interval ", tile.interval)));
    if (!tile.meaning.empty()) entry.Add(TextTag("dd", {}, tile.meaning));
    list.Add(Tag("div", {{"class", "card"}}, entry));
  }
  return Tag("dl", {{"class", "tiles"}}, list);
}

Markup Facts(const std::vector<Fact>& facts) {
  Markup list;
  for (const Fact& fact : facts) {
    if (fact.text.empty()) continue;
    Markup entry = TextTag("dt", {}, fact.name);
    list.Add(Tag("div", {}, entry.Add(TextTag("dd", {}, fact.text))));
  }
  return Tag("dl", {{"class", "facts"}}, list);
}

Markup Section(absl::string_view heading, const Markup& content) {
  Markup section = TextTag("h2", {}, heading);
  return Tag("section", {}, section.Add(content));
}

Markup Figures(const std::vector<Picture>& pictures) {
  Markup figures;
  for (const Picture& picture : pictures) figures.Add(Figure(picture));
  return Tag("div", {{"class", "grid"}}, figures);
}

Markup ToHtml(const Table& table) {
  Markup head, body;
  for (const Column& column : table.columns()) {
    head.Add(TextTag("th", {{"scope", "col"}, {"class", ClassOf(column)}}, column.heading));
  }
  for (const std::vector<Cell>& row : table.rows()) {
    Markup cells;
    for (size_t i = 0; i < row.size(); ++i) {
      cells.Add(TextTag("td", {{"class", ClassOf(table.columns()[i])}}, row[i].shown));
    }
    body.Add(Tag("tr", {}, cells));
  }
  Markup content = Tag("thead", {}, Tag("tr", {}, head));
  content.Add(Tag("tbody", {}, body));
  return Tag("div", {{"class", "scroll"}}, Tag("table", {}, content));
}

Markup TableCard(absl::string_view heading, const Table& table, absl::string_view note) {
  if (table.rows().empty()) return {};
  Markup content = TextTag("h3", {}, heading);
  content.Add(ToHtml(table));
  if (!note.empty()) content.Add(TextTag("p", {{"class", "note"}}, note));
  return Tag("div", {{"class", "card wide"}}, content);
}

}  // namespace clientele::cli
