// Small datasets for tests, column by column.
//
//   const Dataset dataset = Table(3).Number("tenure", {1, 2, kMissingNumber}).Category("plan", {"a", "", "b"})
//                               .Labels({0, 1, 0}).Build();
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::testutil {

// Rows lie in as many shards as there are rows, or evenly in all of them. Customers are "c000000", "c000001", ...
class Table {
 public:
  explicit Table(int rows) : rows_(rows) {}

  Table& Number(const std::string& name, std::vector<float> values, bool auxiliary = false) {
    AddColumn(name, common::v1::FEATURE_TYPE_NUMBER, auxiliary);
    numbers_.push_back(std::move(values));
    return *this;
  }
  // "" is missing.
  Table& Category(const std::string& name, std::vector<std::string> values, bool auxiliary = false) {
    AddColumn(name, common::v1::FEATURE_TYPE_CATEGORY, auxiliary);
    categories_.push_back(std::move(values));
    return *this;
  }
  Table& Labels(std::vector<double> labels) {
    header_.set_has_label(true);
    labels_ = std::move(labels);
    return *this;
  }

  // [n x m], row by row.
  Table& AuxiliaryLabels(int labels, std::vector<double> values) {
    header_.set_auxiliary_labels(labels);
    auxiliary_labels_ = std::move(values);
    return *this;
  }

  const common::v1::DatasetHeader& header() const { return header_; }

  // The stream that ReadDataset would send, `chunk_rows` rows of a shard at most in a chunk. New categories get their
  // codes in the order of appearance, or, `reversed`, in the opposite order of each chunk's.
  std::vector<common::v1::DatasetChunk> Chunks(int chunk_rows, bool reversed = false) const {
    std::vector<common::v1::DatasetChunk> chunks;
    std::vector<std::vector<std::string>> dictionaries(categories_.size());
    for (int begin = 0; begin < rows_;) {
      int end = begin + 1;
      while (end < rows_ && end < begin + chunk_rows && ShardOfRow(end) == ShardOfRow(begin)) ++end;
      chunks.push_back(MakeChunk(begin, end, reversed, dictionaries));
      begin = end;
    }
    return chunks;
  }

  dataset::Dataset Build(int chunk_rows = 1000, bool reversed = false) const {
    auto builder = dataset::DatasetBuilder::Create(header_);
    for (const auto& chunk : Chunks(chunk_rows, reversed)) {
      const absl::Status status = builder->Add(chunk);
      EXPECT_TRUE(status.ok()) << status;
    }
    return std::move(*builder).Build();
  }

 private:
  void AddColumn(const std::string& name, common::v1::FeatureType type, bool auxiliary) {
    common::v1::DatasetColumn* column = header_.add_columns();
    column->mutable_feature()->set_name(name);
    column->set_type(type);
    column->set_auxiliary(auxiliary);
  }

  int ShardOfRow(int row) const {
    return rows_ <= kShardCount ? row : static_cast<int>(int64_t{row} * kShardCount / rows_);
  }

  common::v1::DatasetChunk MakeChunk(int begin, int end, bool reversed,
                                     std::vector<std::vector<std::string>>& dictionaries) const {
    common::v1::DatasetChunk chunk;
    chunk.set_shard(ShardOfRow(begin));
    for (size_t c = 0; c < categories_.size(); ++c) {
      for (int i = begin; i < end; ++i) {
        const std::string& text = categories_[c][reversed ? end - 1 - (i - begin) : i];
        if (text.empty() || Code(dictionaries[c], text) != 0) continue;
        dictionaries[c].push_back(text);
        common::v1::DictionaryEntry* entry = chunk.add_new_categories();
        entry->set_column(static_cast<int>(c));
        entry->set_value(text);
      }
    }
    for (int i = begin; i < end; ++i) {
      chunk.add_customer_ids(absl::StrFormat("c%06d", i));
      for (const auto& column : numbers_) chunk.add_numbers(column[i]);
      for (size_t c = 0; c < categories_.size(); ++c) chunk.add_categories(Code(dictionaries[c], categories_[c][i]));
      if (header_.has_label()) chunk.add_labels(labels_[i]);
      const int m = header_.auxiliary_labels();
      for (int label = 0; label < m; ++label) chunk.add_auxiliary_labels(auxiliary_labels_[i * m + label]);
    }
    return chunk;
  }

  static uint32_t Code(const std::vector<std::string>& dictionary, const std::string& text) {
    for (size_t i = 0; i < dictionary.size(); ++i) {
      if (dictionary[i] == text) return static_cast<uint32_t>(i) + 1;
    }
    return 0;
  }

  int rows_;
  common::v1::DatasetHeader header_;
  std::vector<std::vector<float>> numbers_;
  std::vector<std::vector<std::string>> categories_;
  std::vector<double> labels_;
  std::vector<double> auxiliary_labels_;
};

}  // namespace clientele::testutil
