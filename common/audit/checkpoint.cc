#include "common/audit/checkpoint.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace clientele::audit {
namespace {

constexpr char kMethod[] = "clientele.audit/CutChain";
constexpr char kThrough[] = "through", kHash[] = "hash", kSignature[] = "signature", kSigner[] = "signer";

std::string Signed(absl::string_view program, absl::string_view chain, absl::string_view through,
                   absl::string_view hash) {
  return absl::StrCat("clientele.audit-checkpoint.v1\n", program, "\n", chain, "\n", through, "\n", hash, "\n");
}

void AddDetail(absl::string_view key, std::string value, Entry& entry) {
  Entry::Detail& detail = *entry.add_details();
  detail.set_key(std::string(key));
  detail.set_value(std::move(value));
}

}  // namespace

absl::StatusOr<Entry> MakeCheckpoint(absl::string_view program, absl::string_view chain, const Head& cut,
                                     const privacy::SigningKey& key) {
  const std::string through = absl::StrCat(cut.number);
  CLIENTELE_ASSIGN_OR_RETURN(const std::string signature, key.Sign(Signed(program, chain, through, cut.hash)));
  Entry entry;
  entry.set_principal("system");
  entry.set_method(kMethod);
  AddDetail(kThrough, through, entry);
  AddDetail(kHash, cut.hash, entry);
  AddDetail(kSignature, absl::BytesToHexString(signature), entry);
  AddDetail(kSigner, key.public_key(), entry);
  return entry;
}

std::string SignerOf(const privacy::SigningKey& key) { return Sha256Hex(key.public_key()); }

std::optional<Checkpoint> ReadCheckpoint(const Entry& entry) {
  if (entry.method() != kMethod || entry.event() != Entry::EVENT_BEGUN) return std::nullopt;
  std::map<std::string, std::string> details;
  for (const Entry::Detail& detail : entry.details()) details[detail.key()] = detail.value();
  Checkpoint checkpoint{{0, details[kHash]}, Sha256Hex(details[kSigner])};
  if (!absl::SimpleAtoi(details[kThrough], &checkpoint.cut.number)) return std::nullopt;
  const std::string text = Signed(entry.program(), ChainOf(entry), details[kThrough], details[kHash]);
  const auto holds = privacy::IsSignedBy(details[kSigner], text, absl::HexStringToBytes(details[kSignature]));
  return holds.ok() && *holds ? std::optional<Checkpoint>(std::move(checkpoint)) : std::nullopt;
}

}  // namespace clientele::audit
