#include "common/dataset/dataset.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"

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

int64_t Dataset::rows() const {
  int64_t sum = 0;
  for (const Shard& shard : shards) sum += shard.rows;
  return sum;
}

int Dataset::FindColumn(absl::string_view feature) const {
  for (int column = 0; column < header.columns_size(); ++column) {
    if (header.columns(column).feature().name() == feature) return column;
  }
  return -1;
}

// Every text is led by its length and every list by its size, so that no two datasets write the same bytes.
std::string Dataset::Digest() const {
  DigestWriter out;
  out.Integer(header.columns_size());
  for (const auto& column : header.columns()) {
    out.Text(column.feature().name());
    out.Integer(column.type());
    out.Integer(column.auxiliary() ? 1 : 0);
  }
  const int auxiliary_labels = header.auxiliary_labels();
  out.Integer(2 * auxiliary_labels + (header.has_label() ? 1 : 0));
  for (int s = 0; s < kShardCount; ++s) {
    const Shard& shard = shards[s];
    out.Integer(shard.rows);
    for (int64_t row = 0; row < shard.rows; ++row) {
      out.Text(shard.customer_ids[row]);
      for (const ColumnPlace& place : places) {
        if (place.is_category) {
          const uint32_t code = shard.categories[row * category_columns + place.index];
          out.Integer(code == kMissingCategory ? 0 : 1);
          if (code != kMissingCategory) out.Text(dictionaries[place.index][code - 1]);
        } else {
          out.Number(shard.numbers[row * number_columns + place.index]);
        }
      }
      if (header.has_label()) out.Number(shard.labels[row]);
      for (int i = 0; i < auxiliary_labels; ++i) out.Number(shard.auxiliary_labels[row * auxiliary_labels + i]);
      out.Flush();
    }
  }
  if (purchase_series.has_value()) Write(*purchase_series, out);
  return out.Hex();
}

}  // namespace clientele::dataset
