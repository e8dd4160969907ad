// A move, layout by layout: each batch goes with a note of how far it has come, so that after a crash it goes on from
// there and nothing comes twice. At the end both sides are read as a whole and compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/storage/move/digest.h"
#include "common/storage/move/layout.h"
#include "common/storage/move/row_store.h"

namespace clientele::storage {

// Is told while it runs: which rows, and how many so far.
using ObserveMove = absl::FunctionRef<void(absl::string_view layout, int64_t rows)>;

// Rows of one source that go to one target. Owns nothing.
struct Part {
  std::string program;  // "ingestion"
  const Layouts* layouts;
  const RowSource* from;
  RowTarget* to;
  const RowSource* there;  // Reads what is in `to`.
  size_t batch_rows = 10'000;
};

// One store's rows of one tenant, on both sides.
struct Comparison {
  std::string program;
  std::string store;
  std::string tenant;  // Empty: of no tenant.
  RowDigest from, there;
  std::vector<std::string> differing;  // Layouts whose rows are not the same.

  bool equal() const { return differing.empty(); }
};

// Goes on from where an earlier call was ended. All places are claimed before anything goes. See RowTarget for errors;
// DATA_LOSS: an artifact of the source is missing, or is not what its version says.
absl::Status CopyParts(absl::Span<const Part> parts, ObserveMove observe);

// By program, store and tenant.
absl::StatusOr<std::vector<Comparison>> CompareParts(absl::Span<const Part> parts, ObserveMove observe);

}  // namespace clientele::storage
