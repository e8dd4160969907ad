// A table for people and for programs: every cell has the text a person reads and the value a program takes.
//
//   Table table({{"customer", "Customer"}, {"spend", "Spend", Align::kRight}});
//   table.AddRow({Cell::Text("4711"), Cell::Number(1234.5, 2)});
//   out << RenderTable(table, {.color = true});
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string key;      // For programs: snake_case.
  std::string heading;  // For people.
  Align align = Align::kLeft;
};

struct Cell {
  std::string shown;    // "1,234.50"
  std::string raw;      // "1234.5"
  bool number = false;  // `raw` is a JSON number.

  static Cell Text(absl::string_view text);
  static Cell Count(int64_t count);                     // 1,234
  static Cell Number(double value, int decimals);       // 1,234.50; "-" where it is not finite.
  static Cell Percent(double share, int decimals = 0);  // 0.125 -> 12 %; the raw value stays a share.
  static Cell Time(absl::Time time);                    // 2026-11-21 13:05; "-" for the infinite past.
  static Cell Missing();                                // "-", and nothing for programs.
};

// Thread-compatible.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column.
  void AddRow(std::vector<Cell> cells);

  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

struct TableStyle {
  bool color = false;
  int max_width = 0;  // Columns of the terminal; the widest text column is cut to fit. 0: no limit.
};

// Columns aligned, a heading, no frame. Control characters of the data are shown as '?', for a terminal would obey
// them.
std::string RenderTable(const Table& table, const TableStyle& style);
// RFC 4180, with the keys as the header line.
std::string RenderCsv(const Table& table);
// A JSON array with an object for each row.
std::string RenderJson(const Table& table);

// How many columns of a terminal a UTF-8 text takes: wide East Asian characters take two.
int DisplayWidth(absl::string_view text);
// One CSV field, quoted where it must be.
std::string CsvField(absl::string_view value);

}  // namespace clientele::cli
