// The scores of a BatchScoreResponse as the bytes they are on the wire, each written down as soon as it is made: so one
// message serves all rows, and stays in the first cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/inference/v1/scoring_service.pb.h"

namespace clientele::inference {

// Thread-compatible.
class ScoreBytes {
 public:
  explicit ScoreBytes(size_t subjects) : places_(subjects) {}

  // Each subject's once, in any order. Without it the subject has the empty score.
  void Set(int index, const v1::Score& score);
  // One whose bytes are there already.
  void Set(int index, absl::string_view score);

  // Of the field `scores`, one element a subject, in order.
  size_t size() const;
  // Writes so many bytes. Where they end.
  char* Write(char* to) const;

 private:
  // Room for a score of so many bytes, behind its tag and length.
  uint8_t* Add(int index, size_t size);

  struct Place {
    size_t begin = 0, size = 0;  // In bytes_, with tag and length. 0: not set.
  };

  std::string bytes_;
  std::vector<Place> places_;  // By subject.
};

}  // namespace clientele::inference
