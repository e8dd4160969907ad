// Which versions are in memory: a pure function from a model as it is to what is to be loaded and what unloaded. The
// registry does what it says; applied again after each step, it says nothing once all is as it should be.
//
// Wanted are the versions that the model's policy asks for, those that an alias, an arm or the shadow names, those that
// a rollback would go to, and those that somebody waits for. Availability comes first: nothing is unloaded that is
// wanted, nor anything at all before all that is wanted is there. What has failed is not waited for, nor tried again by
// itself.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

struct ResidencyAction {
  enum class Kind { kLoad, kUnload };
  Kind kind = Kind::kLoad;
  int64_t version = 0;
  bool urgent = false;  // Requests may already ask for it, or somebody waits.

  friend bool operator==(const ResidencyAction&, const ResidencyAction&) = default;
};

// Loads first: those that are urgent, then the newest. `awaited`: versions that somebody waits for.
std::vector<ResidencyAction> PlanResidency(const Model& model, const std::set<int64_t>& awaited);

// What requests can reach by another name than its own: by version, who names it, in words: alias "champion", arm
// "canary", the shadow.
std::multimap<int64_t, std::string> NamesByVersion(const Model& model);

}  // namespace clientele::inference
