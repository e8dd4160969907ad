#include "services/cli/commands/context.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::cli {

void Context::Bind(CLI::App* command, std::function<absl::Status()> action) {
  // A command that may stand alone or have a subcommand is called after it: the subcommand wins.
  command->callback([this, action = std::move(action)] {
    if (!action_) action_ = action;
  });
}

absl::Status Context::Check() {
  CLIENTELE_RETURN_IF_ERROR(TenantId::Parse(options.tenant).status());
  if (!absl::ParseDuration(options.timeout, &timeout_) || timeout_ <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("--timeout ", options.timeout, ": write 500ms, 30s or 5m"));
  }
  console_.format = options.output == "json"  ? OutputFormat::kJson
                    : options.output == "csv" ? OutputFormat::kCsv
                                              : OutputFormat::kTable;
  return absl::OkStatus();
}

absl::Status Context::Run() {
  CLIENTELE_RETURN_IF_ERROR(Check());
  return action_ ? action_() : absl::OkStatus();
}

std::string Context::model_name(absl::string_view model) const {
  return absl::StrCat(tenant_name(), "/models/", model);
}

std::string Context::version_name(absl::string_view model, absl::string_view which) const {
  const std::string name = model_name(model);
  int64_t number = 0;
  if (which.empty()) return name;
  return absl::StrCat(name, absl::SimpleAtoi(which, &number) ? "/versions/" : "/aliases/", which);
}

std::string Context::job_name(absl::string_view job) const {
  return absl::StrCat(tenant_name(), "/trainingJobs/", job.substr(job.rfind('/') + 1));
}

absl::StatusOr<std::string> Context::customer_name(absl::string_view customer_id) const {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(options.tenant));
  return FormatCustomer(tenant, customer_id);
}

ServiceOptions Context::service(absl::string_view name) const {
  ServiceOptions service = options.tls;
  service.name = std::string(name);
  service.timeout = timeout_;
  service.address = name == "ingestion" ? options.ingestion : name == "training" ? options.training : options.inference;
  if (!service.address.empty()) return service;
  for (size_t i = 0; i < kServices.size(); ++i) {
    if (kServices[i] == name) service.address = absl::StrCat("127.0.0.1:", kDefaultPorts[i]);
  }
  service.address = installation().FindAddress(name).value_or(service.address);
  return service;
}

absl::StatusOr<IngestionClient*> Context::ingestion() {
  if (ingestion_ == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(ingestion_, IngestionClient::Connect(service("ingestion")));
  }
  return ingestion_.get();
}

absl::StatusOr<TrainingClient*> Context::training() {
  if (training_ == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(training_, TrainingClient::Connect(service("training")));
  }
  return training_.get();
}

absl::StatusOr<InferenceClient*> Context::inference() {
  if (inference_ == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(inference_, InferenceClient::Connect(service("inference")));
  }
  return inference_.get();
}

absl::StatusOr<absl::Time> ParseInstant(absl::string_view text, absl::Time now) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time today = absl::FromCivil(absl::ToCivilDay(now, utc), utc);
  if (text == "now") return now;
  if (text == "today") return today;
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  int days = 0;
  if (words.size() == 3 && absl::SimpleAtoi(words[0], &days) && (words[1] == "days" || words[1] == "day") &&
      words[2] == "ago") {
    return today - days * absl::Hours(24);
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  absl::CivilDay day;
  if (absl::ParseCivilTime(text, &day)) return absl::FromCivil(day, utc);
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text, "\" is no instant; write 2026-08-31, 2026-08-31T12:00:00Z, \"90 days ago\", today or now"));
}

}  // namespace clientele::cli
