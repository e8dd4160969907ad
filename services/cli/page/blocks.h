// The blocks a page is made of besides pictures.
#pragma once

#include <string>
#include <vector>

#include "services/cli/output/table.h"
#include "services/cli/page/markup.h"
#include "services/cli/page/picture.h"

namespace clientele::cli {

// A key measure, large.
struct Tile {
  std::string name;
  std::string value;
  std::string interval;  // "0.81 to 0.86", 95 %. May be empty.
  std::string meaning;   // In a few words. May be empty.
};
Markup Tiles(const std::vector<Tile>& tiles);

// Name and text of a fact; those without a text are left out.
struct Fact {
  std::string name;
  std::string text;
};
Markup Facts(const std::vector<Fact>& facts);

// A heading and what it is over.
Markup Section(absl::string_view heading, const Markup& content);
// Cards side by side as the page is wide.
Markup Figures(const std::vector<Picture>& pictures);

Markup ToHtml(const Table& table);
// A table with its heading; `note` says how to read it and may be empty. Without rows: nothing.
Markup TableCard(absl::string_view heading, const Table& table, absl::string_view note);

}  // namespace clientele::cli
