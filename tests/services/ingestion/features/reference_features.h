// Features computed the slow and obvious way, from parsed messages, one pass a feature: what the engine is held
// against.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clientele/common/v1/feature.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/evaluator.h"

namespace clientele::testutil {

struct PastRecord {
  absl::Time event;
  absl::Time ingest;
  ingestion::v1::Record record;
};

// A number or a text; neither where missing.
struct ReferenceValue {
  absl::optional<double> number;
  absl::optional<std::string> text;
};

// `history` in the order of event times.
ReferenceValue ReferenceFeature(const features::Catalogue& catalogue, const common::v1::FeatureDefinition& definition,
                                const std::vector<PastRecord>& history, const features::Instant& instant);

}  // namespace clientele::testutil
