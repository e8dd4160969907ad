#include "services/inference/scoring/score_bytes.h"

#include <algorithm>
#include <cstring>

#include "common/base/wire_reader.h"
#include "google/protobuf/io/coded_stream.h"

namespace clientele::inference {
namespace {

using google::protobuf::io::CodedOutputStream;

constexpr auto kTag = static_cast<uint8_t>(WireReader::Bytes(v1::BatchScoreResponse::kScoresFieldNumber));
constexpr absl::string_view kNoScore("\x0a\0", 2);
static_assert(kTag == 0x0a);

}  // namespace

void ScoreBytes::Set(int index, const v1::Score& score) {
  const size_t size = score.ByteSizeLong();
  score.SerializeWithCachedSizesToArray(Add(index, size));
}

void ScoreBytes::Set(int index, absl::string_view score) {
  std::memcpy(Add(index, score.size()), score.data(), score.size());
}

uint8_t* ScoreBytes::Add(int index, size_t size) {
  const size_t begin = bytes_.size();
  const size_t whole = 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
  if (begin == 0) bytes_.reserve(places_.size() * whole);  // Scores of one call are about as long.
  bytes_.resize(begin + whole);
  places_[index] = {begin, whole};
  auto* at = reinterpret_cast<uint8_t*>(&bytes_[begin]);
  *at++ = kTag;
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), at);
}

size_t ScoreBytes::size() const {
  size_t size = bytes_.size();
  for (const Place& place : places_) size += place.size == 0 ? kNoScore.size() : 0;
  return size;
}

char* ScoreBytes::Write(char* to) const {
  for (const Place& place : places_) {
    const absl::string_view score =
        place.size == 0 ? kNoScore : absl::string_view(bytes_.data() + place.begin, place.size);
    to = std::copy(score.begin(), score.end(), to);
  }
  return to;
}

}  // namespace clientele::inference
