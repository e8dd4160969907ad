#include "services/cli/output/table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

constexpr int kMinimumCutWidth = 12;
constexpr absl::string_view kGap = "  ";

// The code point that starts at `text[i]`; moves `i` behind it. Damaged bytes count one by one.
char32_t NextCodePoint(absl::string_view text, size_t& i) {
  const unsigned char lead = text[i];
  const int length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || i + length > text.size()) return static_cast<unsigned char>(text[i++]);
  char32_t code = lead & (0xFF >> (length + 1));
  for (int k = 1; k < length; ++k) code = (code << 6) | (text[i + k] & 0x3F);
  i += length;
  return code;
}

int WidthOf(char32_t code) {
  if (code >= 0x300 && code <= 0x36F) return 0;  // Combining marks.
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::string Harmless(absl::string_view text) {
  std::string result(text);
  for (size_t i = 0; i < result.size(); ++i) {
    const unsigned char c = result[i];
    if (c < 0x20 || c == 0x7F) result[i] = '?';
    // C1 controls, as UTF-8 writes them: C2 80 to C2 9F.
    if (c == 0xC2 && i + 1 < result.size() && static_cast<unsigned char>(result[i + 1]) < 0xA0) {
      result.replace(i, 2, "?");
    }
  }
  return result;
}

std::string Cut(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  size_t end = 0;
  for (int used = 0; end < text.size();) {
    size_t next = end;
    used += WidthOf(NextCodePoint(text, next));
    if (used > width - 1) break;
    end = next;
  }
  return absl::StrCat(text.substr(0, end), "\u2026");
}

std::string Pad(absl::string_view text, int width, Align align) {
  const std::string blanks(std::max(0, width - DisplayWidth(text)), ' ');
  return align == Align::kLeft ? absl::StrCat(text, blanks) : absl::StrCat(blanks, text);
}

std::vector<int> Widths(const Table& table, int max_width) {
  std::vector<int> widths;
  for (const Column& column : table.columns()) widths.push_back(DisplayWidth(column.heading));
  for (const auto& row : table.rows()) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i].shown));
  }
  if (max_width <= 0) return widths;
  for (;;) {
    int total = static_cast<int>(kGap.size() * (widths.size() - 1));
    for (int width : widths) total += width;
    if (total <= max_width) return widths;
    int widest = -1;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (table.columns()[i].align == Align::kLeft && (widest < 0 || widths[i] > widths[widest])) widest = i;
    }
    if (widest < 0 || widths[widest] <= kMinimumCutWidth) return widths;
    widths[widest] = std::max(kMinimumCutWidth, widths[widest] - (total - max_width));
  }
}

std::string TrimRight(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) width += WidthOf(NextCodePoint(text, i));
  return width;
}

Cell Cell::Text(absl::string_view text) { return {.shown = Harmless(text), .raw = std::string(text)}; }

Cell Cell::Count(int64_t count) { return {.shown = FormatCount(count), .raw = absl::StrCat(count), .number = true}; }

Cell Cell::Number(double value, int decimals) {
  if (!std::isfinite(value)) return Missing();
  return {.shown = FormatNumber(value, decimals), .raw = absl::StrFormat("%.10g", value), .number = true};
}

Cell Cell::Percent(double share, int decimals) {
  if (!std::isfinite(share)) return Missing();
  return {.shown = FormatPercent(share, decimals), .raw = absl::StrFormat("%.10g", share), .number = true};
}

Cell Cell::Time(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return Missing();
  return {.shown = FormatDateTime(time), .raw = absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone())};
}

Cell Cell::Missing() { return {.shown = "-", .raw = ""}; }

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell::Missing());
  rows_.push_back(std::move(cells));
}

std::string RenderTable(const Table& table, const TableStyle& style) {
  const std::vector<int> widths = Widths(table, style.max_width);
  const auto line = [&](auto text_of) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < widths.size(); ++i) {
      cells.push_back(Pad(Cut(text_of(i), widths[i]), widths[i], table.columns()[i].align));
    }
    return TrimRight(absl::StrJoin(cells, kGap));
  };
  const std::string heading = line([&](size_t i) -> const std::string& { return table.columns()[i].heading; });
  std::string result = style.color ? absl::StrCat("\x1b[1m", heading, "\x1b[0m\n") : absl::StrCat(heading, "\n");
  for (const auto& row : table.rows()) {
    absl::StrAppend(&result, line([&](size_t i) -> const std::string& { return row[i].shown; }), "\n");
  }
  return result;
}

std::string CsvField(absl::string_view value) {
  const bool edge_blank = !value.empty() && (value.front() == ' ' || value.back() == ' ');
  if (value.find_first_of(",\"\r\n") == absl::string_view::npos && !edge_blank) return std::string(value);
  std::string result = "\"";
  for (char c : value) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + "\"";
}

std::string RenderCsv(const Table& table) {
  std::string result = absl::StrCat(
      absl::StrJoin(table.columns(), ",",
                    [](std::string* out, const Column& column) { absl::StrAppend(out, CsvField(column.key)); }),
      "\n");
  for (const auto& row : table.rows()) {
    absl::StrAppend(
        &result,
        absl::StrJoin(row, ",", [](std::string* out, const Cell& cell) { absl::StrAppend(out, CsvField(cell.raw)); }),
        "\n");
  }
  return result;
}

std::string RenderJson(const Table& table) {
  std::string result = "[";
  for (const auto& row : table.rows()) {
    absl::StrAppend(&result, result.size() == 1 ? "\n  {" : ",\n  {");
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string value = row[i].number                               ? row[i].raw
                                : row[i].raw.empty() && row[i].shown == "-" ? "null"
                                                                            : JsonString(row[i].raw);
      absl::StrAppend(&result, i == 0 ? "" : ", ", JsonString(table.columns()[i].key), ": ", value);
    }
    result += "}";
  }
  return result + (table.rows().empty() ? "]\n" : "\n]\n");
}

}  // namespace clientele::cli
