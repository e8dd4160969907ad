#include "services/cli/page/words.h"

#include <vector>

#include "absl/strings/str_split.h"

namespace clientele::cli {
namespace {

// The segment after `collection` of a resource's name.
std::string SegmentAfter(const std::string& name, absl::string_view collection) {
  const std::vector<std::string> segments = absl::StrSplit(name, '/');
  for (size_t i = 0; i + 1 < segments.size(); i += 2) {
    if (segments[i] == collection) return segments[i + 1];
  }
  return "";
}

}  // namespace

std::string ModelId(const inference::v1::ModelVersion& version) { return SegmentAfter(version.name(), "models"); }

std::string VersionId(const inference::v1::ModelVersion& version) { return SegmentAfter(version.name(), "versions"); }

}  // namespace clientele::cli
