#include "services/cli/output/rfm_view.h"

#include "absl/strings/str_cat.h"

namespace clientele::cli {

using inference::v1::Score;

std::string RfmText(const Score::RfmSegment& segment) {
  if (segment.recency_score() == 0) return segment.segment();
  return absl::StrCat(segment.segment(), " (recency ", segment.recency_score(), ", frequency ",
                      segment.frequency_score(), ", monetary ", segment.monetary_score(), ")");
}

std::string RfmAdvice(const Score::RfmSegment& segment) {
  return segment.action().empty() ? "" : absl::StrCat("What to do: ", segment.action());
}

}  // namespace clientele::cli
