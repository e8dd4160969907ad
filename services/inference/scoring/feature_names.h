// A list of features by name, made once and asked for again and again: copies share it, and its hash is known.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace clientele::inference {

// Immutable. Equal where the names are, in their order. Cost of a comparison: of copies of one another a look at two
// pointers, else of the names.
class FeatureNames {
 public:
  FeatureNames() : FeatureNames(std::vector<std::string>()) {}
  FeatureNames(std::initializer_list<std::string> names) : FeatureNames(std::vector<std::string>(names)) {}
  FeatureNames(std::vector<std::string> names)  // NOLINT(google-explicit-constructor): it is what it was made from.
      : names_(std::make_shared<const std::vector<std::string>>(std::move(names))),
        hash_(absl::Hash<std::vector<std::string>>()(*names_)) {}

  size_t size() const { return names_->size(); }
  bool empty() const { return names_->empty(); }
  auto begin() const { return names_->begin(); }
  auto end() const { return names_->end(); }
  const std::string& operator[](size_t i) const { return (*names_)[i]; }
  operator absl::Span<const std::string>() const { return *names_; }  // NOLINT(google-explicit-constructor)

  friend bool operator==(const FeatureNames& a, const FeatureNames& b) {
    return a.names_ == b.names_ || (a.hash_ == b.hash_ && *a.names_ == *b.names_);
  }
  template <typename H>
  friend H AbslHashValue(H h, const FeatureNames& names) {
    return H::combine(std::move(h), names.hash_);
  }

 private:
  std::shared_ptr<const std::vector<std::string>> names_;
  size_t hash_;
};

}  // namespace clientele::inference
