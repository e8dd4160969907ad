#include "services/cli/output/erasure_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using ingestion::v1::ErasedVersion;
using ingestion::v1::Erasure;

std::string ShowVerb(const Erasure& erasure) {
  return Words(absl::StripPrefix(ingestion::v1::ErasureVerb_Name(erasure.verb()), "ERASURE_VERB_"));
}

std::string ShowState(const Erasure& erasure) {
  return Words(absl::StripPrefix(Erasure::State_Name(erasure.state()), "STATE_"));
}

absl::Time TimeOf(bool set, const google::protobuf::Timestamp& time) {
  return set ? FromProto(time) : absl::InfinitePast();
}

Table Heading(const Erasure& erasure) {
  Table table({{"field", "Field"}, {"value", "Value"}});
  const auto add = [&](absl::string_view field, absl::string_view value) {
    if (!value.empty()) table.AddRow({Cell::Text(field), Cell::Text(value)});
  };
  const auto add_time = [&](absl::string_view field, bool set, const google::protobuf::Timestamp& time) {
    if (set) add(field, FormatDateTime(FromProto(time)));
  };
  add("erasure", erasure.name().empty() ? "dry run: nothing was done" : erasure.name());
  add("verb", ShowVerb(erasure));
  add("state", ShowState(erasure));
  add("customer digest", erasure.customer_digest());
  add("reason", erasure.reason());
  add("requester", erasure.requester());
  add_time("asked for", erasure.has_create_time(), erasure.create_time());
  add_time("records gone", erasure.has_erase_time(), erasure.erase_time());
  add_time("complete", erasure.has_complete_time(), erasure.complete_time());
  return table;
}

Table Counts(const Erasure& erasure) {
  Table table({{"program", "Program"}, {"store", "Store"}, {"kind", "Kind"}, {"count", "Count", Align::kRight}});
  for (const auto& count : erasure.counts()) {
    const bool has_kind = count.kind() != common::v1::RECORD_KIND_UNSPECIFIED;
    table.AddRow({Cell::Text(count.program()), Cell::Text(count.store()),
                  has_kind
                      ? Cell::Text(Words(absl::StripPrefix(common::v1::RecordKind_Name(count.kind()), "RECORD_KIND_")))
                      : Cell::Missing(),
                  Cell::Count(count.count())});
  }
  return table;
}

std::string ShowVersionState(const ErasedVersion& version) {
  switch (version.state()) {
    case ErasedVersion::STATE_DUE_BY: return absl::StrCat("due by ", FormatDateTime(FromProto(version.due_time())));
    case ErasedVersion::STATE_RETRAINED_IN: return absl::StrCat("retrained in ", version.retrained_version());
    case ErasedVersion::STATE_RETIRED:
      return version.retrained_version().empty() ? "retired"
                                                 : absl::StrCat("retired for ", version.retrained_version());
    default: return Words(absl::StripPrefix(ErasedVersion::State_Name(version.state()), "STATE_"));
  }
}

Table Versions(const Erasure& erasure) {
  Table table({{"model_version", "Model version"}, {"state", "State"}, {"since", "Since"}});
  for (const ErasedVersion& version : erasure.model_versions()) {
    table.AddRow({Cell::Text(version.model_version()), Cell::Text(ShowVersionState(version)),
                  Cell::Time(TimeOf(version.has_update_time(), version.update_time()))});
  }
  return table;
}

}  // namespace

void PrintErasure(const Erasure& erasure, Console& console) {
  console.Print(erasure, Heading(erasure));
  if (!console.for_people()) return;
  if (erasure.counts_size() > 0) {
    console.Heading(erasure.state() == Erasure::STATE_PLANNED ? "What would go" : "What went");
    console.Print(Counts(erasure));
  }
  if (erasure.model_versions_size() > 0) {
    console.Heading("Model versions that had learnt from the customer");
    console.Print(Versions(erasure));
  }
}

void PrintErasures(const std::vector<Erasure>& erasures, Console& console) {
  Table table({{"erasure", "Erasure"},
               {"verb", "Verb"},
               {"state", "State"},
               {"create_time", "Asked for"},
               {"complete_time", "Complete"},
               {"model_versions", "Model versions", Align::kRight},
               {"requester", "Requester"},
               {"reason", "Reason"}});
  for (const Erasure& erasure : erasures) {
    table.AddRow({Cell::Text(LastSegment(erasure.name())), Cell::Text(ShowVerb(erasure)),
                  Cell::Text(ShowState(erasure)), Cell::Time(TimeOf(erasure.has_create_time(), erasure.create_time())),
                  Cell::Time(TimeOf(erasure.has_complete_time(), erasure.complete_time())),
                  Cell::Count(erasure.model_versions_size()), Cell::Text(erasure.requester()),
                  Cell::Text(erasure.reason())});
  }
  console.PrintList(erasures, table);
}

}  // namespace clientele::cli
