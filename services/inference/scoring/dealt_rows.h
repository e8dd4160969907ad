// The rows of a request, dealt to the arms of the model's traffic.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/inference/registry/catalogue.h"
#include "services/inference/scoring/score_requests.h"

namespace clientele::inference {

// The rows of a request that one arm scores.
struct DealtRows {
  std::shared_ptr<const Version> version;
  std::vector<int> indices;
};

// By arm; "" for subjects that are no customers, and those whose arm cannot score: the champion's. Rows that nothing
// can score come out as the champion's too, and get its error.
std::map<std::string, DealtRows> DealRows(const Catalogue& catalogue, const ModelReference& reference,
                                          absl::Span<const SubjectView> subjects);

}  // namespace clientele::inference
