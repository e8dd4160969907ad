#include "services/inference/scoring/row_form.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace clientele::inference {
namespace {

uint64_t WordAt(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

}  // namespace

void RowForm::Add(absl::string_view front, int feature) {
  alike_.append(front.data(), front.size());
  mask_.append(front.size(), '\xff');
  places_.push_back({alike_.size(), feature});
  alike_.append(sizeof(double), '\0');
  mask_.append(sizeof(double), '\0');
}

bool RowForm::Fits(absl::string_view bytes) const {
  if (bytes.size() != alike_.size() || places_.empty()) return false;
  const auto differs_at = [&](size_t i) {
    return (WordAt(bytes.data() + i) ^ WordAt(alike_.data() + i)) & WordAt(mask_.data() + i);
  };
  const size_t last = bytes.size() - sizeof(uint64_t);  // A number is that long.
  uint64_t differs = differs_at(last);
  for (size_t i = 0; i < last; i += sizeof(uint64_t)) differs |= differs_at(i);
  return differs == 0;
}

bool RowForm::ReadFitting(absl::string_view bytes, absl::Span<model::Cell> row) const {
  bool finite = true;
  for (const Place& place : places_) {
    double number;
    std::memcpy(&number, bytes.data() + place.begin, sizeof(number));
    finite &= std::isfinite(number);
    row[place.feature] = model::Cell::Number(number);
  }
  return finite;
}

}  // namespace clientele::inference
