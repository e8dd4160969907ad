// `customers`: who they are and what they did.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/output/values.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Customer;
using ingestion::v1::Record;

absl::Time TimeOf(bool set, const google::protobuf::Timestamp& time) {
  return set ? FromProto(time) : absl::InfinitePast();
}

absl::Status List(Context& context, int limit) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  Table table({{"customer_id", "Customer"},
               {"display_name", "Name"},
               {"records", "Records", Align::kRight},
               {"transactions", "Transactions", Align::kRight},
               {"net_spend", "Net spend", Align::kRight},
               {"currency", "Currency"},
               {"first_event_time", "First seen"},
               {"last_event_time", "Last seen"}});
  std::vector<Customer> customers;
  ingestion::v1::ListCustomersRequest request;
  request.set_parent(context.tenant_name());
  do {
    request.set_page_size(std::min(1'000, limit - static_cast<int>(customers.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListCustomers(request));
    customers.insert(customers.end(), page.customers().begin(), page.customers().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(customers.size()) < limit);
  for (const Customer& customer : customers) {
    table.AddRow({Cell::Text(customer.customer_id()), Cell::Text(customer.display_name()),
                  Cell::Count(customer.record_count()), Cell::Count(customer.transaction_count()),
                  Cell::Number(static_cast<double>(customer.net_spend_micros()) / 1e6, 2),
                  Cell::Text(customer.base_currency()),
                  Cell::Time(TimeOf(customer.has_first_event_time(), customer.first_event_time())),
                  Cell::Time(TimeOf(customer.has_last_event_time(), customer.last_event_time()))});
  }
  context.console().PrintList(customers, table);
  if (!request.page_token().empty()) context.console().Note("There are more; see --limit.");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const std::string& id) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::GetCustomerRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(id));
  CLIENTELE_ASSIGN_OR_RETURN(const Customer customer, client->GetCustomer(request));
  Table table({{"field", "Field"}, {"value", "Value"}});
  const auto add = [&](absl::string_view field, absl::string_view value) {
    if (!value.empty()) table.AddRow({Cell::Text(field), Cell::Text(value)});
  };
  add("customer", customer.customer_id());
  add("name", customer.display_name());
  add("email", customer.email());
  add("phone", customer.phone());
  if (customer.has_first_event_time()) add("first seen", FormatDateTime(FromProto(customer.first_event_time())));
  if (customer.has_last_event_time()) add("last seen", FormatDateTime(FromProto(customer.last_event_time())));
  add("records", FormatCount(customer.record_count()));
  add("transactions", FormatCount(customer.transaction_count()));
  add("net spend", FormatMoney(customer.net_spend_micros(), customer.base_currency()));
  const std::map<std::string, common::v1::Value> attributes(customer.attributes().begin(), customer.attributes().end());
  for (const auto& [name, value] : attributes) add(name, ShowValue(value));
  context.console().Print(customer, table);
  return absl::OkStatus();
}

absl::Status Timeline(Context& context, const std::string& id, int limit) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::GetCustomerTimelineRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(id));
  std::vector<Record> records;
  do {
    request.set_page_size(std::min(1'000, limit - static_cast<int>(records.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->GetTimeline(request));
    records.insert(records.end(), page.records().begin(), page.records().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(records.size()) < limit);
  Table table(
      {{"time", "Time"}, {"kind", "What"}, {"detail", "Detail"}, {"source", "Source"}, {"record_id", "Record"}});
  for (const Record& record : records) {
    table.AddRow({Cell::Time(FromProto(record.event_time())), Cell::Text(KindOf(record)),
                  Cell::Text(DescribeRecord(record)), Cell::Text(record.source()), Cell::Text(record.record_id())});
  }
  context.console().PrintList(records, table);
  if (!request.page_token().empty()) context.console().Note("There are older ones; see --limit.");
  return absl::OkStatus();
}

}  // namespace

void AddCustomers(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("customers", "List customers, show one, or what one did");
  command->require_subcommand(1);
  auto limit = std::make_shared<int>(20);
  auto id = std::make_shared<std::string>();
  const auto add_limit = [&](CLI::App* sub) {
    sub->add_option("--limit", *limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  };
  CLI::App* list = command->add_subcommand("list", "List customers");
  add_limit(list);
  context.Bind(list, [&context, limit] { return List(context, *limit); });
  CLI::App* show = command->add_subcommand("show", "Show what is known of a customer");
  show->add_option("customer", *id, "The customer's id")->required();
  context.Bind(show, [&context, id] { return Show(context, *id); });
  CLI::App* timeline = command->add_subcommand("timeline", "Show a customer's records, newest first");
  timeline->add_option("customer", *id, "The customer's id")->required();
  add_limit(timeline);
  context.Bind(timeline, [&context, id, limit] { return Timeline(context, *id, *limit); });
}

}  // namespace clientele::cli
