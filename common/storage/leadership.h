// The seam that says which of the programs on the same stores does what only one may do at a time.
//
// Whoever leads asks again and again; whoever gets another answer than "yes" stops at once what it was doing alone. The
// next leader gives it the time for that, so that the two are never at work together, unless a whole machine stood
// still for longer; what is done must therefore bear to be done twice.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace clientele::storage {

// Thread-compatible.
class Leadership {
 public:
  virtual ~Leadership() = default;

  // Takes the lead where nobody has it; whether this program leads now. Blocks for three seconds at most. To be called
  // more often than once in kLeadershipLooks. An error: nobody can tell, so it does not.
  virtual absl::StatusOr<bool> Hold() = 0;

  // Lets go. What was done alone has ended, so that the next leader need not wait. Nothing where it does not lead.
  virtual void Release() = 0;
};

// A leader that has not asked for so long has lost the lead.
inline constexpr absl::Duration kLeadershipLooks = absl::Seconds(10);

// Of a store that no other program can open.
class SoleLeadership final : public Leadership {
 public:
  absl::StatusOr<bool> Hold() override { return true; }
  void Release() override {}
};

}  // namespace clientele::storage
