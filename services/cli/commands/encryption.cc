// `encryption`: the keys that personal fields are sealed with.
#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/encryption_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using admin::v1::Encryption;

constexpr absl::Duration kShortestWait = absl::Minutes(5);  // Every key is read, or every record.
constexpr absl::Duration kSealing = absl::Hours(24);        // Every record is read, and many are written.

struct EncryptionOptions {
  bool every_tenant = false;
  bool records = false;
  std::string level;
};

std::string NameOf(const Context& context, bool every_tenant) {
  return absl::StrCat(every_tenant ? "tenants/-" : context.tenant_name(), "/encryption");
}

ServiceOptions PatientService(const Context& context) {
  ServiceOptions service = context.service("ingestion");
  service.timeout = std::max(service.timeout, kShortestWait);
  return service;
}

void Print(const Encryption& encryption, Console& console) {
  Table table({{"tenant", "Tenant"},
               {"master_key", "Master key"},
               {"tenant_keys", "Tenant keys", Align::kRight},
               {"since", "Newest since"},
               {"customers", "Customers", Align::kRight},
               {"customer_keys", "Their keys", Align::kRight},
               {"pending", "To wrap anew", Align::kRight},
               {"sealed", "Sealed records", Align::kRight},
               {"clear", "In the clear", Align::kRight},
               {"unreadable", "Unreadable", Align::kRight}});
  const std::string tenant = absl::StrReplaceAll(encryption.name(), {{"tenants/", ""}, {"/encryption", ""}});
  const int64_t clear = encryption.records().clear_count() + encryption.records().clear_rejected_count();
  const auto records = [&](int64_t count) { return encryption.has_records() ? Cell::Count(count) : Cell::Missing(); };
  table.AddRow({Cell::Text(tenant == "-" ? "every tenant" : tenant), Cell::Text(encryption.master_key()),
                Cell::Count(encryption.tenant_key_count()),
                encryption.has_tenant_key_create_time() ? Cell::Time(FromProto(encryption.tenant_key_create_time()))
                                                        : Cell::Missing(),
                Cell::Count(encryption.customer_count()), Cell::Count(encryption.customer_key_count()),
                Cell::Count(encryption.pending_tenant_key_count() + encryption.pending_customer_key_count()),
                records(encryption.records().sealed_count()), records(clear),
                records(encryption.records().unreadable_count())});
  console.Print(table);
}

absl::Status ShowStatus(Context& context, const EncryptionOptions& options) {
  admin::v1::GetEncryptionRequest request;
  request.set_name(NameOf(context, options.every_tenant));
  request.set_count_records(options.records);
  CLIENTELE_ASSIGN_OR_RETURN(const Encryption encryption, GetEncryption(PatientService(context), request));
  Print(encryption, context.console());
  const int64_t clear = encryption.records().clear_count() + encryption.records().clear_rejected_count();
  if (clear > 0) {
    context.console().Say("What is in the clear came in before fields were sealed: clientele encryption seal");
  }
  return absl::OkStatus();
}

absl::Status Rotate(Context& context, const EncryptionOptions& options) {
  admin::v1::RotateKeysRequest request;
  const bool master = options.level == "master";
  request.set_name(NameOf(context, options.every_tenant || master));
  request.set_level(master                      ? admin::v1::KEY_LEVEL_MASTER
                    : options.level == "tenant" ? admin::v1::KEY_LEVEL_TENANT
                                                : admin::v1::KEY_LEVEL_CUSTOMER);
  CLIENTELE_ASSIGN_OR_RETURN(const Encryption encryption, RotateKeys(PatientService(context), request));
  Print(encryption, context.console());
  if (master) {
    context.console().Say(absl::StrCat("Every tenant's keys are wrapped with the master key ", encryption.master_key(),
                                       ": take the older ones out of the file, and destroy them."));
  }
  return absl::OkStatus();
}

absl::Status Seal(Context& context) {
  Console& console = context.console();
  ServiceOptions service = context.service("ingestion");
  service.timeout = std::max(service.timeout, kSealing);
  admin::v1::SealRecordsRequest request;
  request.set_name(NameOf(context, /*every_tenant=*/false));
  Progress progress = console.StartProgress("Sealing");
  const auto note = [](const admin::v1::SealRecordsResponse& so_far) {
    return absl::StrCat(FormatCount(so_far.sealed_count()), " records, ", FormatCount(so_far.sealed_rejected_count()),
                        " in quarantine");
  };
  CLIENTELE_ASSIGN_OR_RETURN(const auto sealed,
                             SealRecords(service, request, [&](const admin::v1::SealRecordsResponse& so_far) {
                               progress.Update(so_far.percent() / 100.0, note(so_far));
                             }));
  progress.Done(note(sealed));
  Table table({{"sealed", "Sealed records", Align::kRight}, {"sealed_rejected", "In quarantine", Align::kRight}});
  table.AddRow({Cell::Count(sealed.sealed_count()), Cell::Count(sealed.sealed_rejected_count())});
  console.Print(sealed, table);
  console.Say(
      "Nothing personal of the tenant's is in the clear any more. Backups from before still hold it: make new "
      "ones, and let the old ones go.");
  return absl::OkStatus();
}

}  // namespace

void AddEncryption(CLI::App& app, Context& context) {
  CLI::App* encryption = app.add_subcommand("encryption", "The keys that personal fields are sealed with");
  encryption->require_subcommand(1);
  auto options = std::make_shared<EncryptionOptions>();
  CLI::App* status = encryption->add_subcommand("status", "How many keys there are, and what they seal");
  status->add_flag("--records", options->records, "Read all of --tenant's records and count what is sealed");
  CLI::App* rotate = encryption->add_subcommand("rotate", "Begin to use new keys, while everything serves");
  rotate
      ->add_option("level", options->level,
                   "master: the first one in privacy.master_key_file, which is read again. tenant: a new one wraps the "
                   "customers'. customer: each gets a new one with the next record")
      ->check(CLI::IsMember({"master", "tenant", "customer"}))
      ->required();
  for (CLI::App* command : {status, rotate}) {
    command->add_flag("--every-tenant", options->every_tenant, "Of all tenants, instead of --tenant alone");
  }
  CLI::App* seal = encryption->add_subcommand(
      "seal", "Seal what came in before fields were sealed, where it lies; goes on where it was interrupted");
  context.Bind(seal, [&context] { return Seal(context); });
  context.Bind(status, [&context, options] { return ShowStatus(context, *options); });
  context.Bind(rotate, [&context, options] { return Rotate(context, *options); });
}

}  // namespace clientele::cli
