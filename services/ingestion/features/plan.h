// A set of features, compiled: with what they depend on, each computed once, filters and windows shared. Compile once,
// evaluate for any number of customers and instants, from any number of threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/common/v1/feature.pb.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/program.h"

namespace clientele::features {

class Plan {
 public:
  // The features of these names, in their order. INVALID_ARGUMENT: `path`[i] is an unknown feature (UNKNOWN_FEATURE,
  // the known ones are listed) or depends on itself.
  static absl::StatusOr<std::shared_ptr<const Plan>> Compile(absl::string_view path, const Catalogue& catalogue,
                                                             absl::Span<const std::string> names);

  int size() const { return static_cast<int>(definitions_.size()); }
  const common::v1::FeatureDefinition& definition(int column) const { return definitions_[column]; }
  common::v1::FeatureType type(int column) const { return types_[column]; }
  // The profile attributes the feature depends on, through others too.
  const std::vector<std::string>& attributes(int column) const { return attributes_[column]; }

  const Program& program() const { return program_; }

 private:
  friend class PlanCompiler;
  Plan() = default;

  std::vector<common::v1::FeatureDefinition> definitions_;
  std::vector<common::v1::FeatureType> types_;
  std::vector<std::vector<std::string>> attributes_;
  Program program_;
};

}  // namespace clientele::features
