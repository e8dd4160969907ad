#include "services/training/ranks/merge_parts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/ranks/merge_purchases.h"

namespace clientele::training {
namespace {

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

// Puts together what the parts say of the whole, in rank order.
class Merger {
 public:
  Merger(Dataset part, dataset::Parts& parts)
      : whole_(std::move(part)), parts_(parts), codes_(whole_.category_columns) {}

  absl::StatusOr<Dataset> Merge(const std::vector<v1::DatasetPart>& heads, int bin_days) && {
    whole_.header = heads[0].header();
    whole_.opted_out_rows = 0;
    whole_.dictionaries.assign(whole_.category_columns, {});
    PurchaseMerger purchases;
    for (int rank = 0; rank < parts_.size(); ++rank) {
      CLIENTELE_RETURN_IF_ERROR(TakeHead(rank, heads[rank]));
      if (heads[rank].has_purchase_series()) CLIENTELE_RETURN_IF_ERROR(purchases.Add(heads[rank].purchase_series()));
      if (rank == parts_.rank()) CLIENTELE_RETURN_IF_ERROR(NumberCategoriesAnew());
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

  // By the translations of this rank's head.
  absl::Status NumberCategoriesAnew() {
    for (dataset::Shard& shard : whole_.shards) {
      for (size_t i = 0; i < shard.categories.size(); ++i) {
        const auto& translation = translations_[i % whole_.category_columns];
        if (shard.categories[i] >= translation.size()) return absl::InternalError("a category that has no name");
        shard.categories[i] = translation[shard.categories[i]];
      }
    }
    return absl::OkStatus();
  }

  Dataset whole_;
  dataset::Parts& parts_;
  std::vector<absl::flat_hash_map<std::string, size_t>> codes_;  // Of each category column: the whole's codes.
  std::vector<std::vector<uint32_t>> translations_;              // Of each: from the rank's codes to the whole's.
};

}  // namespace

common::v1::DatasetSpec PartSpec(common::v1::DatasetSpec spec) {
  if (spec.purchase_series_days() != 0) spec.set_purchase_series_days(1);
  return spec;
}

absl::StatusOr<Dataset> MergeParts(absl::StatusOr<Dataset> part, const common::v1::DatasetSpec& spec,
                                   dataset::Parts& parts) {
  v1::DatasetPart mine;
  if (part.ok()) mine = HeadOf(*part);
  *mine.mutable_status() = ToStatusProto(part.status());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> all, parts.AllGather(mine.SerializeAsString()));
  std::vector<v1::DatasetPart> heads;
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (!heads.emplace_back().ParseFromString(all[rank])) return DoNotFit(static_cast<int>(rank), "no head");
    CLIENTELE_RETURN_IF_ERROR(FromStatusProto(heads.back().status()));
  }
  return Merger(*std::move(part), parts).Merge(heads, spec.purchase_series_days());
}

}  // namespace clientele::training
