#include "services/cli/page/markup.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace clientele::cli {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.

// How many bytes the UTF-8 character at the beginning of `text` has; 0: it is none that XML allows.
int CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\n' || first == '\t' ? 1 : 0;
  const int length = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (first < 0xC2 || length == 0) return 0;
  uint32_t code = first & (0x7F >> length);
  for (int i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return overlong || surrogate || code > 0x10FFFF || (code & 0xFFFE) == 0xFFFE ? 0 : length;
}

std::string Escape(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const int length = CharacterLength(text);
    switch (length == 1 ? text[0] : '\0') {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: absl::StrAppend(&escaped, length == 0 ? kReplacement : text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

// HTML does not let these end in "/>": without content they would swallow what follows.
bool NeedsEnd(absl::string_view name) {
  for (absl::string_view may_be_empty : {"br", "meta", "col", "circle", "line", "path", "polyline", "rect"}) {
    if (name == may_be_empty) return false;
  }
  return true;
}

}  // namespace

Markup Markup::Text(absl::string_view text) {
  Markup markup;
  markup.text_ = Escape(text);
  return markup;
}

Markup Markup::Verbatim(absl::string_view text) {
  Markup markup;
  markup.text_ = std::string(text);
  return markup;
}

Attribute::Attribute(absl::string_view its_name, double size) : name(its_name), value(Coordinate(size)) {}

Markup Tag(absl::string_view name, std::initializer_list<Attribute> attributes, const Markup& content) {
  std::string text = absl::StrCat("<", name);
  for (const Attribute& attribute : attributes) {
    absl::StrAppend(&text, " ", attribute.name, "=\"", Escape(attribute.value), "\"");
  }
  if (content.empty() && !NeedsEnd(name)) return Markup::Verbatim(text + "/>");
  return Markup::Verbatim(absl::StrCat(text, ">", content.str(), "</", name, ">"));
}

Markup TextTag(absl::string_view name, std::initializer_list<Attribute> attributes, absl::string_view text) {
  return Tag(name, attributes, Markup::Text(text));
}

std::string Coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = absl::StrFormat("%.2f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace clientele::cli
