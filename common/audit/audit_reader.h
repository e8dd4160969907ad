// What the audit log says: its newest entries that match, all of them, or what it ends with.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/audit/chain.h"
#include "common/storage/audit_store.h"

namespace clientele::audit {

// Which entries are wanted; as it is, all.
struct Filter {
  absl::Time start = absl::InfinitePast();  // From then on.
  absl::Time end = absl::InfiniteFuture();  // Before then.
  std::string principal;
  std::string method;    // What the method's name contains.
  std::string resource;  // It, or what is below it, as the log keeps names.
  std::set<Entry::Event> events;
};

bool Matches(const Filter& filter, const Entry& entry);

struct Page {
  std::vector<Entry> entries;  // Newest first.
  int64_t before = 0;          // Where the next page goes on; 0: there is none.
};

// Thread-safe. The store must outlive it. Errors: the store's.
class AuditReader {
 public:
  AuditReader(storage::AuditStore& store, std::string program) : store_(store), program_(std::move(program)) {}

  const std::string& program() const { return program_; }

  absl::StatusOr<Head> HeadOf(absl::string_view chain) const;

  // At most `most` entries below `before` (0: from the newest on), or fewer once many have been looked at.
  // `filter.resource` as a request names it: a customer by id.
  absl::StatusOr<Page> List(absl::string_view chain, Filter filter, int64_t before, int most) const;

  // From `first` on, oldest first, as stored; false stops. One that cannot be read any more has only its name.
  absl::Status ForEach(absl::string_view chain, int64_t first, absl::FunctionRef<bool(const Entry&)> visit) const;

 private:
  storage::AuditStore& store_;
  const std::string program_;
};

}  // namespace clientele::audit
