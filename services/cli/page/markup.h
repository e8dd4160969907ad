// HTML and SVG that cannot be broken by what it shows: text comes in through Markup::Text or an attribute's value
// alone, and both escape it. What has been built is well-formed XML.
//
//   Tag("p", {{"class", "note"}}, Markup::Text(model_name))
#pragma once

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele::cli {

// Thread-compatible.
class Markup {
 public:
  Markup() = default;

  // Escaped; bytes that are not UTF-8 and control characters become U+FFFD.
  static Markup Text(absl::string_view text);
  // As it is: for what is written in this program, never for data.
  static Markup Verbatim(absl::string_view markup);

  Markup& Add(const Markup& more) {
    text_ += more.text_;
    return *this;
  }

  bool empty() const { return text_.empty(); }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

struct Attribute {
  Attribute(absl::string_view its_name, absl::string_view text) : name(its_name), value(text) {}
  // A coordinate or a size: at most two decimals, "0" where it is not finite.
  Attribute(absl::string_view its_name, double size);

  absl::string_view name;
  std::string value;
};

// <name attribute="...">content</name>; <name .../> without content, where a name needs no end.
Markup Tag(absl::string_view name, std::initializer_list<Attribute> attributes, const Markup& content = {});
// The content is one text.
Markup TextTag(absl::string_view name, std::initializer_list<Attribute> attributes, absl::string_view text);

// At most two decimals, no "-0"; "0" where it is not finite.
std::string Coordinate(double value);

}  // namespace clientele::cli
