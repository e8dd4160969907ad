#include "services/inference/scoring/dealt_rows.h"

#include <utility>

namespace clientele::inference {

std::map<std::string, DealtRows> DealRows(const Catalogue& catalogue, const ModelReference& reference,
                                          absl::Span<const SubjectView> subjects) {
  std::map<std::string, DealtRows> dealt;
  for (size_t i = 0; i < subjects.size(); ++i) {
    auto found = ResolveFor(catalogue, reference, subjects[i].customer_id);
    if (!found.ok()) continue;  // The caller has resolved the champion.
    DealtRows& rows = dealt[found->arm];
    rows.version = std::move(found->version);
    rows.indices.push_back(static_cast<int>(i));
  }
  return dealt;
}

}  // namespace clientele::inference
