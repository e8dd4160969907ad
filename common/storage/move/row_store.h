// The two ends of a move: what reads the rows of layouts, and what takes them. One pair of files a backend.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/storage/move/layout.h"
#include "common/storage/move/row.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// Thread-compatible. Nobody writes to what it reads while it lives. Errors beside those named: UNAVAILABLE or INTERNAL
// with STORAGE_FAILED.
class RowSource {
 public:
  virtual ~RowSource() = default;

  // What it reads: another store has another.
  virtual absl::StatusOr<std::string> Identity() const = 0;

  // All rows of a layout, in whatever order; false stops.
  virtual absl::Status ForEachRow(const Layout& layout, absl::FunctionRef<bool(const Row&)> visit) const = 0;
  // In an order that is the same every time, from behind `position` on ("" begins at the first). Each visit is given
  // the position behind its row; an empty one where its next row belongs to it, and no one may stop here.
  virtual absl::Status ForEachRowFrom(const Layout& layout, absl::string_view position,
                                      absl::FunctionRef<bool(const Row&, absl::string_view position)> visit) const = 0;

  // NOT_FOUND.
  virtual absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                                      absl::string_view sha256) const = 0;
};

// How far a layout's rows have come.
struct Progress {
  std::string position = "";  // In the source.
  bool is_done = false;
};

// Thread-compatible. Errors beside those named: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class RowTarget {
 public:
  virtual ~RowTarget() = default;

  // Claims the layouts' places for what comes from `source`; how far it has come, by layout. FAILED_PRECONDITION: there
  // is something in one of them that came from elsewhere.
  virtual absl::StatusOr<std::vector<Progress>> Begin(absl::Span<const Layout> layouts, const std::string& source) = 0;
  // Writes rows and how far they have come, in one step, so that nothing comes twice. ABORTED: another move is under
  // way.
  virtual absl::Status Write(const Layout& layout, absl::Span<const Row> rows, const Progress& before,
                             const Progress& after) = 0;
  // Where it is not there already.
  virtual absl::Status WriteArtifact(const TenantId& tenant, absl::string_view sha256, absl::string_view bytes) = 0;
};

}  // namespace clientele::storage
