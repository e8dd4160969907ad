#include "common/audit/chain.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/audit/checkpoint.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"

namespace clientele::audit {
namespace {

// The parts of an entry's name: its chain and its number, as written.
std::optional<std::pair<absl::string_view, absl::string_view>> PartsOf(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != "tenants" || parts[2] != "auditEntries") return std::nullopt;
  return std::make_pair(parts[1], parts[3]);
}

// Writes a canonical form.
class Canonical {
 public:
  void Add(absl::string_view text) { absl::StrAppend(&bytes_, text.size(), ":", text, ","); }
  void Add(int64_t number) { Add(absl::string_view(absl::StrCat(number))); }
  template <class Texts>
  void AddAll(const Texts& texts) {
    Add(static_cast<int64_t>(texts.size()));
    for (const std::string& text : texts) Add(absl::string_view(text));
  }

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

bool IsHash(absl::string_view text) {
  if (text.size() != 64) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

}  // namespace

std::string EntryName(absl::string_view chain, int64_t number) {
  return absl::StrCat("tenants/", chain, "/auditEntries/", number);
}

int64_t NumberOf(const Entry& entry) {
  const auto parts = PartsOf(entry.name());
  int64_t number = 0;
  return parts.has_value() && absl::SimpleAtoi(parts->second, &number) ? number : 0;
}

std::string ChainOf(const Entry& entry) {
  const auto parts = PartsOf(entry.name());
  return parts.has_value() ? std::string(parts->first) : std::string();
}

std::string CanonicalForm(const Entry& entry) {
  Canonical form;
  form.Add("clientele audit entry 1");
  form.Add(entry.name());
  form.Add(entry.program());
  form.Add(absl::ToUnixMicros(FromProto(entry.time())));
  form.Add(Entry::Event_Name(entry.event()));
  form.Add(entry.principal());
  form.Add(entry.address());
  form.AddAll(entry.roles());
  form.Add(entry.method());
  form.AddAll(entry.resources());
  form.Add(entry.code());
  form.Add(entry.reason());
  form.Add(entry.request_id());
  form.Add(entry.trace_id());
  form.Add(entry.begun_number());
  form.Add(entry.left_out_count());
  form.Add(static_cast<int64_t>(entry.details_size()));
  for (const Entry::Detail& detail : entry.details()) {
    form.Add(detail.key());
    form.Add(detail.value());
  }
  form.Add(entry.previous_hash());
  return form.Take();
}

std::string HashOf(const Entry& entry) { return Sha256Hex(CanonicalForm(entry)); }

std::string FormatHead(const Head& head) { return absl::StrCat(head.number, ":", head.hash); }

std::optional<Head> ParseHead(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  Head head;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &head.number) || head.number < 0 || !IsHash(parts[1])) {
    return std::nullopt;
  }
  head.hash = std::string(parts[1]);
  return head;
}

void Link(absl::string_view chain, const Head& head, Entry& entry) {
  entry.set_name(EntryName(chain, head.number + 1));
  entry.set_previous_hash(head.hash);
  entry.set_hash(HashOf(entry));
}

// What keeps `entry` from being the chain's `number`-th; empty: nothing.
std::string ChainVerifier::FirstFault(const Entry& entry, int64_t number) const {
  if (entry.name() != EntryName(chain_, number)) {
    return absl::StrCat("in its place stands ", entry.name(), ": it was removed or moved");
  }
  if (HashOf(entry) != entry.hash()) return "was changed: its hash is not that of what it says";
  if (entry.previous_hash() != head_.hash) {
    return absl::StrCat("does not follow entry ", number - 1, ": one of the two was put in another's place");
  }
  if (noted_.has_value() && noted_->number == number && noted_->hash != entry.hash()) {
    return "is not the one whose hash was noted: it, or all up to it, was written anew";
  }
  return "";
}

bool ChainVerifier::Add(const Entry& entry) {
  if (broken_.has_value()) return false;
  if (head_.number == 0 && ChainOf(entry) == chain_ && NumberOf(entry) > 1 && IsHash(entry.previous_hash())) {
    head_ = cut_ = Head{NumberOf(entry) - 1, entry.previous_hash()};
  }
  const int64_t number = head_.number + 1;
  if (std::string fault = FirstFault(entry, number); !fault.empty()) {
    broken_ = Break{number, std::move(fault)};
    return false;
  }
  head_ = Head{number, entry.hash()};
  NoteCheckpoint(entry);
  return true;
}

void ChainVerifier::NoteCheckpoint(const Entry& entry) {
  const std::optional<Checkpoint> checkpoint = ReadCheckpoint(entry);
  if (!checkpoint.has_value() || (!signer_.empty() && checkpoint->signer != signer_)) return;
  last_signer_ = checkpoint->signer;
  if (checkpoint->cut == cut_) is_cut_accounted_for_ = true;
}

std::string ChainVerifier::FaultOfBeginning() const {
  if (cut_.number == 0) return "";
  if (!is_cut_accounted_for_) {
    return absl::StrCat("is not there, and no checkpoint ", signer_.empty() ? "" : "of that signer ",
                        "says that all up to ", cut_.number, " were cut off: in its place stands ",
                        EntryName(chain_, cut_.number + 1));
  }
  if (noted_.has_value() && noted_->number == cut_.number && noted_->hash != cut_.hash) {
    return absl::StrCat("and all up to ", cut_.number,
                        " were cut off, and the last is not the one whose hash was noted");
  }
  return "";
}

void ChainVerifier::End() {
  if (broken_.has_value()) return;
  if (std::string fault = FaultOfBeginning(); !fault.empty()) {
    broken_ = Break{1, std::move(fault)};
  } else if (noted_.has_value() && noted_->number > head_.number) {
    broken_ = Break{head_.number + 1,
                    absl::StrCat("is not there, and the log ends, but it was noted with ", noted_->number, " entries")};
  }
}

void ChainVerifier::Fail(absl::string_view why) {
  if (!broken_.has_value()) broken_ = Break{head_.number + 1, absl::StrCat("cannot be read: ", why)};
}

}  // namespace clientele::audit
