// `settings`: a tenant's money, days and telephone numbers.
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/csv/csv_reader.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Settings;

struct SettingsOptions {
  std::string currency;
  std::string time_zone;
  std::string phone_region;
  std::string rates_file;
  std::optional<bool> train_on_opted_out;
};

absl::StatusOr<Settings> Read(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::GetSettingsRequest request;
  request.set_name(context.tenant_name() + "/settings");
  return client->GetSettings(request);
}

void Print(Context& context, const Settings& settings) {
  Table table({{"setting", "Setting"}, {"value", "Value"}});
  table.AddRow({Cell::Text("currency"), Cell::Text(settings.base_currency())});
  table.AddRow({Cell::Text("time zone"), Cell::Text(settings.time_zone())});
  table.AddRow({Cell::Text("phone region"), Cell::Text(settings.phone_region())});
  table.AddRow({Cell::Text("exchange rates"), Cell::Count(settings.exchange_rates_size())});
  table.AddRow({Cell::Text("train on opted out"), Cell::Text(settings.train_on_opted_out() ? "yes" : "no")});
  context.console().Print(settings, table);
}

absl::Status Show(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(const Settings settings, Read(context));
  Print(context, settings);
  return absl::OkStatus();
}

// Rates from a CSV file with the columns date, currency and rate.
absl::Status ReadRates(const std::string& path, Settings& settings) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(path, {}));
  int date = -1, currency = -1, rate = -1;
  for (size_t i = 0; i < reader->header().size(); ++i) {
    const std::string& name = reader->header()[i];
    if (name == "date") date = static_cast<int>(i);
    if (name == "currency" || name == "currency_code") currency = static_cast<int>(i);
    if (name == "rate") rate = static_cast<int>(i);
  }
  if (date < 0 || currency < 0 || rate < 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the columns must be date, currency and rate"));
  }
  std::vector<std::string> fields;
  for (;;) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool more, reader->Next(fields));
    if (!more) return absl::OkStatus();
    auto& entry = *settings.add_exchange_rates();
    entry.set_date(fields[date]);
    entry.set_currency_code(fields[currency]);
    entry.set_rate(fields[rate]);
  }
}

absl::Status Set(Context& context, const SettingsOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Settings settings, Read(context));
  ingestion::v1::UpdateSettingsRequest request;
  Settings& changed = *request.mutable_settings();
  changed.set_name(settings.name());
  changed.set_etag(settings.etag());
  const auto set = [&](const char* path, const std::string& value, std::string* field) {
    if (value.empty()) return;
    *field = value;
    request.mutable_update_mask()->add_paths(path);
  };
  set("base_currency", options.currency, changed.mutable_base_currency());
  set("time_zone", options.time_zone, changed.mutable_time_zone());
  set("phone_region", options.phone_region, changed.mutable_phone_region());
  if (!options.rates_file.empty()) {
    CLIENTELE_RETURN_IF_ERROR(ReadRates(options.rates_file, changed));
    request.mutable_update_mask()->add_paths("exchange_rates");
  }
  if (options.train_on_opted_out) {
    changed.set_train_on_opted_out(*options.train_on_opted_out);
    request.mutable_update_mask()->add_paths("train_on_opted_out");
  }
  if (request.update_mask().paths().empty()) {
    return absl::InvalidArgumentError("nothing to set; see clientele settings set --help");
  }
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  CLIENTELE_ASSIGN_OR_RETURN(const Settings result, client->UpdateSettings(request));
  Print(context, result);
  return absl::OkStatus();
}

}  // namespace

void AddSettings(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("settings", "Show or set the tenant's currency, time zone and rates");
  command->require_subcommand(1);
  context.Bind(command->add_subcommand("show", "Show the settings"), [&context] { return Show(context); });
  CLI::App* set = command->add_subcommand("set", "Set some of the settings");
  auto options = std::make_shared<SettingsOptions>();
  set->add_option("--currency,--base-currency", options->currency,
                  "Base currency, ISO 4217; fixed once there are transactions");
  set->add_option("--time-zone", options->time_zone, "IANA, for example Europe/Berlin: calendar days are its days");
  set->add_option("--phone-region", options->phone_region, "Two letters: how numbers without + are read");
  set->add_option("--rates", options->rates_file,
                  "CSV with date, currency, rate: from that day on one unit of the\n"
                  "currency is `rate` of the base currency. Replaces all rates");
  set->add_option("--train-on-opted-out", options->train_on_opted_out,
                  "Whether models learn from customers who opted out of their purpose [false]");
  context.Bind(set, [&context, options] { return Set(context, *options); });
}

}  // namespace clientele::cli
