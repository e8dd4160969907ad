// What makes a log one that cannot be changed unseen: each entry holds the SHA-256 of the one before it and of itself.
//
// The hash of an entry is SHA-256 over its canonical form, in lower-case hex. The canonical form is a row of texts,
// each written as its length in bytes in decimal, a colon, the bytes, a comma (a netstring: "5:alpha,"):
//
//   "clientele audit entry 1", name, program, time in microseconds since 1970, event, principal, address,
//   number of roles, each role, method, number of resources, each resource, code, reason, request_id, trace_id,
//   begun_number, left_out_count, number of details, of each its key and value, previous_hash
//
// Numbers are decimal; an event is written as in the proto, "EVENT_ENDED"; what is not set is empty, or 0. So whoever
// has an exported log verifies it with a few lines of any language that knows SHA-256.
//
// Pure functions. Cost: some 3 us an entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "clientele/admin/v1/audit_service.pb.h"

namespace clientele::audit {

using Entry = admin::v1::AuditEntry;

// A chain is named by its tenant; the platform's own by this.
inline constexpr absl::string_view kPlatformChain = "-";

// tenants/{chain}/auditEntries/{number}
std::string EntryName(absl::string_view chain, int64_t number);
// The number at the end of an entry's name; 0 where there is none.
int64_t NumberOf(const Entry& entry);
// The chain of an entry's name; "" where it has not the form.
std::string ChainOf(const Entry& entry);

std::string CanonicalForm(const Entry& entry);
std::string HashOf(const Entry& entry);

// What a chain ends with, and the next entry follows.
struct Head {
  int64_t number = 0;                       // 0: it is empty.
  std::string hash = std::string(64, '0');  // Of that entry.

  friend bool operator==(const Head&, const Head&) = default;
};
// As people note it: "12:9f86d0...". None: it is none.
std::string FormatHead(const Head& head);
std::optional<Head> ParseHead(absl::string_view text);

// Makes `entry`, whose content is complete, the one that follows `head`.
void Link(absl::string_view chain, const Head& head, Entry& entry);

// Where a chain does not hold.
struct Break {
  int64_t number = 0;  // Of the first entry that is not what it was, or not there.
  std::string what;    // A sentence.
};

// Reads a chain from the first entry that is there on. One that does not begin with entry 1 holds where a checkpoint in
// it says that what came before was cut off (checkpoint.h). Thread-compatible.
class ChainVerifier {
 public:
  // `noted`: what the chain ended with at an earlier time; then also a chain whose end was cut off, or that was written
  // anew as a whole, is found out. `signer`: who signs its checkpoints, as was noted; empty: whoever does.
  explicit ChainVerifier(std::string chain, std::optional<Head> noted = std::nullopt, std::string signer = "")
      : chain_(std::move(chain)), noted_(std::move(noted)), signer_(std::move(signer)) {}

  // The next entry. False: here, or before, is the first break.
  bool Add(const Entry& entry);
  // There are no more.
  void End();
  // What came next could not be read.
  void Fail(absl::string_view why);

  const std::optional<Break>& broken() const { return broken_; }
  const Head& head() const { return head_; }  // As far as the chain holds.
  // The last of the entries that are not there any more; number 0: all are.
  const Head& cut() const { return cut_; }
  // Who signed the newest checkpoint; empty: there is none.
  const std::string& signer() const { return last_signer_; }

 private:
  std::string FirstFault(const Entry& entry, int64_t number) const;
  void NoteCheckpoint(const Entry& entry);
  // What is wrong with where the chain begins; empty: nothing.
  std::string FaultOfBeginning() const;

  const std::string chain_;
  const std::optional<Head> noted_;
  const std::string signer_;
  Head head_, cut_;
  bool is_cut_accounted_for_ = false;
  std::string last_signer_;
  std::optional<Break> broken_;
};

}  // namespace clientele::audit
