#include "common/audit/audit_reader.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/audit/kept_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::audit {
namespace {

constexpr int kMostLookedAt = 100'000;  // For one page: some 0.3 s.

bool Names(const Entry& entry, absl::string_view resource) {
  for (const std::string& name : entry.resources()) {
    if (name == resource || absl::StartsWith(name, absl::StrCat(resource, "/"))) return true;
  }
  return false;
}

}  // namespace

bool Matches(const Filter& filter, const Entry& entry) {
  const absl::Time time = FromProto(entry.time());
  return time >= filter.start && time < filter.end &&
         (filter.principal.empty() || filter.principal == entry.principal()) &&
         absl::StrContains(entry.method(), filter.method) &&
         (filter.resource.empty() || Names(entry, filter.resource)) &&
         (filter.events.empty() || filter.events.contains(entry.event()));
}

absl::StatusOr<Head> AuditReader::HeadOf(absl::string_view chain) const {
  Head head;
  CLIENTELE_RETURN_IF_ERROR(store_.Descend(chain, 0, [&](int64_t number, const Entry& entry) {
    head = Head{number, entry.hash()};
    return false;
  }));
  return head;
}

absl::StatusOr<Page> AuditReader::List(absl::string_view chain, Filter filter, int64_t before, int most) const {
  Page page;
  if (!filter.resource.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const Head head, HeadOf(chain));
    if (head.number == 0) return page;  // Nobody reads a key into being.
    CLIENTELE_ASSIGN_OR_RETURN(const privacy::DigestKey key, store_.KeyOf(chain));
    filter.resource = KeptName(filter.resource, key);
  }
  int looked_at = 0;
  CLIENTELE_RETURN_IF_ERROR(store_.Descend(chain, before, [&](int64_t number, const Entry& entry) {
    if (static_cast<int>(page.entries.size()) == most || looked_at++ == kMostLookedAt) {
      page.before = number + 1;
      return false;
    }
    if (Matches(filter, entry)) page.entries.push_back(entry);
    return FromProto(entry.time()) >= filter.start || entry.hash().empty();  // What cannot be read has no time.
  }));
  return page;
}

absl::Status AuditReader::ForEach(absl::string_view chain, int64_t first,
                                  absl::FunctionRef<bool(const Entry&)> visit) const {
  return store_.Ascend(chain, first, [&](int64_t number, const Entry& entry) {
    if (!entry.name().empty()) return visit(entry);
    Entry unreadable;
    unreadable.set_name(EntryName(chain, number));
    return visit(unreadable);
  });
}

}  // namespace clientele::audit
