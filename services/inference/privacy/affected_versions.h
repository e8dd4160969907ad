// Which model versions had learnt from a customer who was erased, and what has become of them: a pure function of the
// erasure and the tenant's models.
//
// A version is free of the customer where its dataset was read after the customer's records were gone, which its
// lineage tells by the erasure epoch, or where it was made before the first of them came. Every other version is
// listed: DUE_BY a day while it may score; RETRAINED_IN another once nothing leads to it and an alias of its model
// stands for one that is free of the customer; RETIRED once it scores no more; DELETED when it is gone.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"

namespace clientele::inference {

struct LearntVersion {
  std::string name;
  int64_t erasure_epoch = 0;  // Of its lineage.
  absl::Time create_time;
  bool is_retired = false;
};

// Of one model; versions by number, without those that were deleted.
struct LearntModel {
  std::map<int64_t, LearntVersion> versions;
  std::map<std::string, int64_t> aliases;  // What each stands for.
  std::set<int64_t> in_arms;               // Versions that arms of its traffic or its shadow name by number.
};

using ErasedVersions = std::vector<ingestion::v1::ErasedVersion>;

// `known`: what this said before, for versions of any model; an entry's update_time changes with its state. Versions
// come in the order of `known`, then as the models have them. `period`: how long a version may go on after the records
// were gone.
ErasedVersions FindAffectedVersions(const ingestion::v1::Erasure& erasure, const std::vector<LearntModel>& models,
                                    const ErasedVersions& known, absl::Duration period, absl::Time now);

}  // namespace clientele::inference
