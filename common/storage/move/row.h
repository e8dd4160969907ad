// A row on its way from one backend to the other: its values, in the order of its layout's columns, as PostgreSQL
// writes them in binary (postgresql/values.h), so that both ends show the same bytes for the same row. What is null
// there is empty here.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::storage {

// Thread-compatible.
class Row {
 public:
  void Clear() {
    bytes_.clear();
    ends_.clear();
  }
  // The bytes to append the next value to; Finish() ends it.
  std::string& next() { return bytes_; }
  void Finish() { ends_.push_back(bytes_.size()); }
  void Add(absl::string_view value) {
    bytes_.append(value.data(), value.size());
    Finish();
  }

  size_t size() const { return ends_.size(); }
  size_t bytes() const { return bytes_.size(); }
  absl::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return absl::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

}  // namespace clientele::storage
