#include "services/training/ranks/collect_dataset.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/training/learners/training_matrix.h"
#include "services/training/ranks/merge_purchases.h"

namespace clientele::training {
namespace {

using common::v1::DatasetChunk;
using common::v1::DatasetHeader;
using dataset::Dataset;

absl::Status DoNotFit(int rank, absl::string_view what) {
  return absl::InternalError(absl::StrCat("the part of rank ", rank, " does not fit the others: ", what));
}

v1::DatasetPart HeadOf(const Dataset& part) {
  v1::DatasetPart head;
  *head.mutable_header() = part.header;
  for (int column = 0; column < part.category_columns; ++column) {
    for (const std::string& value : part.dictionaries[column]) {
      auto* entry = head.add_categories();
      entry->set_column(column);
      entry->set_value(value);
    }
  }
  head.set_opted_out_rows(part.opted_out_rows);
  if (part.purchase_series.has_value()) *head.mutable_purchase_series() = *part.purchase_series;
  return head;
}

DatasetChunk ChunkOf(const Dataset& part, int s) {
  const dataset::Shard& shard = part.shards[s];
  DatasetChunk chunk;
  chunk.set_shard(s);
  for (const absl::string_view id : shard.customer_ids) chunk.add_customer_ids(id.data(), id.size());
  *chunk.mutable_numbers() = {shard.numbers.begin(), shard.numbers.end()};
  *chunk.mutable_categories() = {shard.categories.begin(), shard.categories.end()};
  *chunk.mutable_labels() = {shard.labels.begin(), shard.labels.end()};
  *chunk.mutable_auxiliary_labels() = {shard.auxiliary_labels.begin(), shard.auxiliary_labels.end()};
  return chunk;
}

// Puts parts together, in rank order.
class Collector {
 public:
  Collector(Dataset part, Communicator& communicator) : whole_(std::move(part)), communicator_(communicator) {
    for (const auto& dictionary : whole_.dictionaries) {
      auto& codes = codes_.emplace_back();
      for (const std::string& value : dictionary) codes.emplace(value, codes.size() + 1);
    }
  }

  absl::StatusOr<Dataset> Collect(int bin_days) && {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> heads, communicator_.Gather(0, ""));
    PurchaseMerger purchases;
    if (whole_.purchase_series.has_value()) CLIENTELE_RETURN_IF_ERROR(purchases.Add(*whole_.purchase_series));
    for (int rank = 1; rank < communicator_.size(); ++rank) {
      v1::DatasetPart head;
      if (!head.ParseFromString(heads[rank])) return DoNotFit(rank, "no head");
      CLIENTELE_RETURN_IF_ERROR(TakeHead(rank, head));
      if (head.has_purchase_series()) CLIENTELE_RETURN_IF_ERROR(purchases.Add(head.purchase_series()));
      const int last = FirstShard(rank + 1, communicator_.size());
      for (int s = FirstShard(rank, communicator_.size()); s < last; ++s) CLIENTELE_RETURN_IF_ERROR(TakeShard(rank, s));
    }
    if (whole_.purchase_series.has_value()) whole_.purchase_series = purchases.InBins(bin_days);
    return std::move(whole_);
  }

 private:
  absl::Status TakeHead(int rank, const v1::DatasetPart& head) {
    DatasetHeader& mine = whole_.header;
    mine.set_erasure_epoch(std::min(mine.erasure_epoch(), head.header().erasure_epoch()));
    TakeCuts(head.header());
    DatasetHeader theirs = head.header();
    theirs.set_erasure_epoch(mine.erasure_epoch());
    *theirs.mutable_retention_cuts() = mine.retention_cuts();
    if (theirs.SerializeAsString() != mine.SerializeAsString()) return DoNotFit(rank, "another header");
    whole_.opted_out_rows += head.opted_out_rows();
    translations_.assign(codes_.size(), std::vector<uint32_t>{dataset::kMissingCategory});
    for (const auto& entry : head.categories()) {
      if (entry.column() < 0 || entry.column() >= whole_.category_columns)
        return DoNotFit(rank, "another category column");
      auto& codes = codes_[entry.column()];
      auto& dictionary = whole_.dictionaries[entry.column()];
      const auto [code, added] = codes.try_emplace(entry.value(), codes.size() + 1);
      if (added) dictionary.push_back(entry.value());
      translations_[entry.column()].push_back(static_cast<uint32_t>(code->second));
    }
    return absl::OkStatus();
  }

  // Of a kind the latest cut; kinds in their order.
  void TakeCuts(const DatasetHeader& theirs) {
    auto& cuts = *whole_.header.mutable_retention_cuts();
    for (const auto& cut : theirs.retention_cuts()) {
      const auto mine =
          std::find_if(cuts.begin(), cuts.end(), [&](const auto& other) { return other.kind() == cut.kind(); });
      if (mine == cuts.end()) {
        *cuts.Add() = cut;
      } else if (FromProto(mine->cut_time()) < FromProto(cut.cut_time())) {
        *mine = cut;
      }
    }
    std::sort(cuts.begin(), cuts.end(), [](const auto& a, const auto& b) { return a.kind() < b.kind(); });
  }

  absl::Status TakeShard(int rank, int s) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, communicator_.Gather(0, ""));
    DatasetChunk chunk;
    if (!chunk.ParseFromString(parts[rank]) || chunk.shard() != s) return DoNotFit(rank, absl::StrCat("no shard ", s));
    const int64_t rows = chunk.customer_ids_size();
    const bool fits = chunk.numbers_size() == rows * whole_.number_columns &&
                      chunk.categories_size() == rows * whole_.category_columns &&
                      chunk.labels_size() == (whole_.header.has_label() ? rows : 0) &&
                      chunk.auxiliary_labels_size() == rows * whole_.header.auxiliary_labels();
    if (!fits) return DoNotFit(rank, absl::StrCat("shard ", s, " has other columns"));
    dataset::Shard& shard = whole_.shards[s];
    shard.rows = rows;
    for (const std::string& id : chunk.customer_ids()) shard.customer_ids.push_back(id);
    shard.customer_ids.ShrinkToFit();
    shard.numbers.assign(chunk.numbers().begin(), chunk.numbers().end());
    shard.labels.assign(chunk.labels().begin(), chunk.labels().end());
    shard.auxiliary_labels.assign(chunk.auxiliary_labels().begin(), chunk.auxiliary_labels().end());
    shard.categories.reserve(chunk.categories_size());
    for (int i = 0; i < chunk.categories_size(); ++i) {
      const auto& translation = translations_[i % whole_.category_columns];
      if (chunk.categories(i) >= translation.size()) return DoNotFit(rank, "a category that it has not named");
      shard.categories.push_back(translation[chunk.categories(i)]);
    }
    return absl::OkStatus();
  }

  Dataset whole_;
  Communicator& communicator_;
  std::vector<absl::flat_hash_map<std::string, size_t>> codes_;  // Of each category column: the whole's codes.
  std::vector<std::vector<uint32_t>> translations_;              // Of each: from the rank's codes to the whole's.
};

}  // namespace

common::v1::DatasetSpec PartSpec(common::v1::DatasetSpec spec) {
  if (spec.purchase_series_days() != 0) spec.set_purchase_series_days(1);
  return spec;
}

absl::StatusOr<Dataset> CollectDataset(Dataset part, const common::v1::DatasetSpec& spec, Communicator& communicator) {
  return Collector(std::move(part), communicator).Collect(spec.purchase_series_days());
}

absl::Status HandInDataset(const Dataset& part, Communicator& communicator) {
  CLIENTELE_RETURN_IF_ERROR(communicator.Gather(0, HeadOf(part).SerializeAsString()).status());
  for (int rank = 1; rank < communicator.size(); ++rank) {
    const int last = FirstShard(rank + 1, communicator.size());
    for (int s = FirstShard(rank, communicator.size()); s < last; ++s) {
      const std::string bytes = rank == communicator.rank() ? ChunkOf(part, s).SerializeAsString() : "";
      CLIENTELE_RETURN_IF_ERROR(communicator.Gather(0, bytes).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
