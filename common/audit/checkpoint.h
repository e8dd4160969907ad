// What a chain says of a beginning that was cut off: an entry of its own, signed by the server before anything goes. So
// whoever verifies the chain knows that its first entries were taken away by the server's retention and by nobody else,
// and that nothing is missing between the last of them and the first that is there.
//
//   the entry     method "clientele.audit/CutChain", principal "system", event BEGUN, with the details
//                   through     the number of the last entry that goes
//                   hash        of that entry
//                   signature   64 bytes of Ed25519 in hex, over "clientele.audit-checkpoint.v1\n", then, each with a
//                               line feed behind it, the program, the chain, through and hash
//                   signer      the public key, PEM
//
// It stands behind what it speaks of, and so a chain has it for as long as nothing newer is cut off behind another.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/audit/chain.h"
#include "common/privacy/signing_key.h"

namespace clientele::audit {

// An entry, to be appended to the program's chain, that says that all up to `cut` goes.
absl::StatusOr<Entry> MakeCheckpoint(absl::string_view program, absl::string_view chain, const Head& cut,
                                     const privacy::SigningKey& key);

// SHA-256 of the public key, in hex: for people to note.
std::string SignerOf(const privacy::SigningKey& key);

struct Checkpoint {
  Head cut;            // The last entry that went.
  std::string signer;  // As SignerOf has it.
};
// What an entry says, where it is a checkpoint and its signature holds.
std::optional<Checkpoint> ReadCheckpoint(const Entry& entry);

}  // namespace clientele::audit
