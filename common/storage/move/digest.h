// How much of a store there is, and a digest of it that does not depend on the order of its rows: the sum of their
// SHA-256, modulo 2^256. Bellare and Micciancio, "A new paradigm for collision-free hashing" (1997).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/storage/move/row.h"

namespace clientele::storage {

// Thread-compatible.
class RowDigest {
 public:
  // A row of a table; a few hundred nanoseconds.
  void Add(absl::string_view table, const Row& row);
  void Merge(const RowDigest& other);
  // Of what a row stands for, and does not have.
  void AddBytes(int64_t bytes) { bytes_ += bytes; }

  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }  // Of their values, and those that were added.
  std::string Hex() const;                  // 64 characters.

  friend bool operator==(const RowDigest&, const RowDigest&) = default;

 private:
  using Sum = std::array<uint64_t, 4>;  // The least significant first.
  void Add(const Sum& summand);

  int64_t rows_ = 0, bytes_ = 0;
  Sum sum_ = {};
};

}  // namespace clientele::storage
