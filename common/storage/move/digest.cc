#include "common/storage/move/digest.h"

#include <openssl/sha.h>

#include <cstring>

#include "absl/strings/escaping.h"
#include "common/storage/postgresql/values.h"

namespace clientele::storage {

using postgresql::AppendBigEndian;

void RowDigest::Add(absl::string_view table, const Row& row) {
  std::string framed(table);  // No two rows give the same bytes: each value is led by its size.
  framed.reserve(table.size() + row.bytes() + 4 * row.size() + 1);
  framed.push_back('\0');
  for (size_t i = 0; i < row.size(); ++i) {
    AppendBigEndian(static_cast<uint32_t>(row[i].size()), framed);
    framed.append(row[i].data(), row[i].size());
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(framed.data()), framed.size(), digest);
  Sum summand;
  std::memcpy(summand.data(), digest, sizeof(summand));
  Add(summand);
  ++rows_;
  bytes_ += static_cast<int64_t>(row.bytes());
}

void RowDigest::Merge(const RowDigest& other) {
  Add(other.sum_);
  rows_ += other.rows_;
  bytes_ += other.bytes_;
}

void RowDigest::Add(const Sum& summand) {
  bool carry = false;
  for (size_t i = 0; i < sum_.size(); ++i) {
    uint64_t sum = 0;
    const bool first = __builtin_add_overflow(sum_[i], summand[i], &sum);
    const bool second = __builtin_add_overflow(sum, carry ? 1 : 0, &sum);
    carry = first || second;
    sum_[i] = sum;
  }
}

std::string RowDigest::Hex() const {
  std::string bytes;
  for (size_t i = sum_.size(); i-- > 0;) AppendBigEndian(sum_[i], bytes);
  return absl::BytesToHexString(bytes);
}

}  // namespace clientele::storage
