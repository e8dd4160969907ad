#include "tests/services/cli/page/well_formed.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace clientele::testutil {
namespace {

bool HasBareAmpersand(absl::string_view text) {
  for (size_t at = text.find('&'); at != absl::string_view::npos; at = text.find('&', at + 1)) {
    bool entity = false;
    for (absl::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      entity |= absl::StartsWith(text.substr(at), known);
    }
    if (!entity) return true;
  }
  return false;
}

// Of an attribute that holds coordinates.
bool HasNoNumber(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(value);
  return absl::StrContains(lower, "nan") || absl::StrContains(lower, "inf");
}

bool HoldsNumbers(absl::string_view attribute) {
  for (absl::string_view name :
       {"x", "y", "x1", "y1", "x2", "y2", "width", "height", "d", "points", "viewBox", "transform", "fill-opacity"}) {
    if (attribute == name) return true;
  }
  return false;
}

// Takes ` name="value"` off the front.
std::string TakeAttribute(absl::string_view& rest) {
  const size_t equals = rest.find('=');
  if (equals == absl::string_view::npos || rest.substr(equals + 1, 1) != "\"") return "an attribute without quotes";
  const absl::string_view name = rest.substr(0, equals);
  const size_t end = rest.find('"', equals + 2);
  if (end == absl::string_view::npos) return "an attribute without an end";
  const absl::string_view value = rest.substr(equals + 2, end - equals - 2);
  if (absl::StrContains(value, "<") || HasBareAmpersand(value)) return absl::StrCat("not escaped: ", value);
  if (HoldsNumbers(name) && HasNoNumber(value)) return absl::StrCat("not a number: ", name, "=", value);
  rest = absl::StripLeadingAsciiWhitespace(rest.substr(end + 1));
  return "";
}

std::string TakeTag(absl::string_view tag, std::vector<std::string>& open) {
  if (absl::ConsumePrefix(&tag, "/")) {
    if (open.empty() || open.back() != tag) return absl::StrCat("</", tag, "> closes nothing");
    open.pop_back();
    return "";
  }
  const bool closed = absl::ConsumeSuffix(&tag, "/");
  const size_t space = tag.find(' ');
  if (!closed) open.emplace_back(tag.substr(0, space));
  absl::string_view rest = space == absl::string_view::npos ? "" : tag.substr(space + 1);
  while (!rest.empty()) {
    if (std::string wrong = TakeAttribute(rest); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

std::string WhatIsWrong(absl::string_view markup) {
  absl::ConsumePrefix(&markup, "<!DOCTYPE html>\n");
  std::vector<std::string> open;
  while (!markup.empty()) {
    const size_t less = markup.find('<');
    const absl::string_view text = markup.substr(0, less);
    const bool style = !open.empty() && open.back() == "style";
    if (HasBareAmpersand(text) || (!style && absl::StrContains(text, ">"))) return absl::StrCat("not escaped: ", text);
    if (less == absl::string_view::npos) break;
    const size_t end = markup.find('>', less);
    if (end == absl::string_view::npos) return "a tag without an end";
    if (std::string wrong = TakeTag(markup.substr(less + 1, end - less - 1), open); !wrong.empty()) return wrong;
    markup.remove_prefix(end + 1);
  }
  return open.empty() ? "" : absl::StrCat("<", open.back(), "> is left open");
}

std::vector<std::string> Svgs(absl::string_view markup) {
  constexpr absl::string_view kEnd = "</svg>";
  std::vector<std::string> svgs;
  for (size_t at = markup.find("<svg"); at != absl::string_view::npos; at = markup.find("<svg", at + 1)) {
    svgs.emplace_back(markup.substr(at, markup.find(kEnd, at) + kEnd.size() - at));
  }
  return svgs;
}

}  // namespace clientele::testutil
