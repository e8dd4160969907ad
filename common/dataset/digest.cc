#include "common/dataset/digest.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace clientele::dataset {
namespace {

// Bytes on their way into a digest, so that a row costs one call and not one a value.
class DigestWriter {
 public:
  void Integer(uint64_t value) { buffer_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void Text(absl::string_view text) {
    Integer(text.size());
    buffer_.append(text.data(), text.size());
  }
  // Every NaN is the same missing value.
  void Number(float value) { Integer(std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value)); }
  void Number(double value) { Integer(std::isnan(value) ? uint64_t{0x7ff8} << 48 : std::bit_cast<uint64_t>(value)); }
  void Flush() {
    digest_.Update(buffer_);
    buffer_.clear();
  }
  std::string Hex() {
    Flush();
    return digest_.Hex();
  }

 private:
  std::string buffer_;
  Sha256 digest_;
};

void Write(const common::v1::PurchaseSeries& series, DigestWriter& out) {
  out.Text(series.start_day());
  out.Integer(series.bin_days());
  out.Integer(series.days_before());
  out.Integer(series.spend_size());
  for (int bin = 0; bin < series.spend_size(); ++bin) {
    out.Integer(series.first_purchases(bin));
    out.Integer(series.repeat_purchases(bin));
    out.Number(series.spend(bin));
  }
}

}  // namespace

std::string DigestOfShard(const Dataset& dataset, const Shard& shard) {
  DigestWriter out;
  const int auxiliary_labels = dataset.header.auxiliary_labels();
  out.Integer(shard.rows);
  for (int64_t row = 0; row < shard.rows; ++row) {
    out.Text(shard.customer_ids[row]);
    for (const ColumnPlace& place : dataset.places) {
      if (place.is_category) {
        const uint32_t code = shard.categories[row * dataset.category_columns + place.index];
        out.Integer(code == kMissingCategory ? 0 : 1);
        if (code != kMissingCategory) out.Text(dataset.dictionaries[place.index][code - 1]);
      } else {
        out.Number(shard.numbers[row * dataset.number_columns + place.index]);
      }
    }
    if (dataset.header.has_label()) out.Number(shard.labels[row]);
    for (int i = 0; i < auxiliary_labels; ++i) out.Number(shard.auxiliary_labels[row * auxiliary_labels + i]);
    out.Flush();
  }
  return out.Hex();
}

// Every text is led by its length and every list by its size, so that no two datasets write the same bytes.
absl::StatusOr<std::string> DigestOf(const Dataset& dataset, int threads, Parts& parts) {
  const int first = FirstShard(parts.rank(), parts.size()), last = FirstShard(parts.rank() + 1, parts.size());
  std::vector<std::string> own(last - first);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = first; s < last; ++s) {
    own[s - first] =
        dataset.id_traces.has_value() ? dataset.id_traces->digests[s] : DigestOfShard(dataset, dataset.shards[s]);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> shards, parts.AllGather(absl::StrJoin(own, "")));
  DigestWriter out;
  out.Integer(dataset.header.columns_size());
  for (const auto& column : dataset.header.columns()) {
    out.Text(column.feature().name());
    out.Integer(column.type());
    out.Integer(column.auxiliary() ? 1 : 0);
  }
  out.Integer(2 * dataset.header.auxiliary_labels() + (dataset.header.has_label() ? 1 : 0));
  out.Text(absl::StrJoin(shards, ""));
  if (dataset.purchase_series.has_value()) Write(*dataset.purchase_series, out);
  return out.Hex();
}

}  // namespace clientele::dataset
