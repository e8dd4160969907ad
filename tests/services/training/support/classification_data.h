// The public classification sets as the reference encodes them: levels by bytes, the first dropped; numbers
// standardised on the training rows; rows i mod 10 in 0..6 train, 7..9 judge.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/services/training/support/public_data.h"

namespace clientele::testutil {

inline bool IsTrainingRow(size_t i) { return i % 10 <= 6; }

struct EncodedTable {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> train, test;
  std::vector<double> train_labels, test_labels;

  void Standardise(int column) {
    double mean = 0, square = 0;
    for (const auto& row : train) mean += row[column];
    mean /= static_cast<double>(train.size());
    for (const auto& row : train) square += (row[column] - mean) * (row[column] - mean);
    const double deviation = std::sqrt(square / static_cast<double>(train.size()));
    for (auto* rows : {&train, &test}) {
      for (auto& row : *rows) row[column] = (row[column] - mean) / deviation;
    }
  }
};

// `numbers` are columns by name; every other column but `label` and `dropped` is a category.
inline EncodedTable Encode(const CsvTable& table, const std::set<std::string>& numbers, const std::string& label,
                           const std::string& positive, const std::set<std::string>& dropped) {
  EncodedTable encoded;
  std::vector<std::function<double(size_t)>> cells;
  std::vector<int> standardised;
  for (const std::string& name : table.header) {
    if (name == label || dropped.contains(name)) continue;
    const int column = table.Column(name);
    if (numbers.contains(name)) {
      standardised.push_back(static_cast<int>(cells.size()));
      encoded.columns.push_back(name);
      cells.push_back([&table, column](size_t i) {
        const double value = table.Number(i, column);
        return std::isnan(value) ? 0 : value;
      });
      continue;
    }
    std::set<std::string> levels;
    for (const auto& row : table.rows) levels.insert(row[column]);
    for (auto level = std::next(levels.begin()); level != levels.end(); ++level) {
      encoded.columns.push_back(name + "=" + *level);
      cells.push_back([&table, column, value = *level](size_t i) { return table.rows[i][column] == value ? 1.0 : 0.0; });
    }
  }
  for (size_t i = 0; i < table.rows.size(); ++i) {
    std::vector<double> row;
    for (const auto& cell : cells) row.push_back(cell(i));
    (IsTrainingRow(i) ? encoded.train : encoded.test).push_back(row);
    (IsTrainingRow(i) ? encoded.train_labels : encoded.test_labels)
        .push_back(table.rows[i][table.Column(label)] == positive ? 1.0 : 0.0);
  }
  for (const int column : standardised) encoded.Standardise(column);
  return encoded;
}

inline EncodedTable EncodeTelco(const CsvTable& table) {
  return Encode(table, {"tenure", "MonthlyCharges", "TotalCharges"}, "Churn", "Yes", {"customerID"});
}

}  // namespace clientele::testutil
