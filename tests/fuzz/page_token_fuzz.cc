// Page tokens: ours come back as they were, others are INVALID_PAGE_TOKEN; resource names beside them in the request.
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/rpc/page_token.h"
#include "common/rpc/trace.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  using fuzz::Require;
  const absl::string_view input = fuzz::Text(data, size);
  const auto position = rpc::DecodePageToken(input, "customers tenants/acme");
  if (!position.ok()) Require(ReasonOf(position.status()) == "INVALID_PAGE_TOKEN", "a bad token is told as such");
  const auto ours = rpc::DecodePageToken(rpc::EncodePageToken(input, "a"), "a");
  Require(ours.ok() && *ours == input, "a token holds its position");
  if (!input.empty())
    Require(!rpc::DecodePageToken(rpc::EncodePageToken(input, "a"), "b").ok(), "a token is of one request");

  const auto customer = ParseCustomerName("name", input);
  if (customer.ok()) {
    const auto again = ParseCustomerName("name", FormatCustomer(customer->tenant, customer->customer_id));
    Require(again.ok() && again->customer_id == customer->customer_id, "a name is read as it was written");
  }
  const auto version = ParseVersionName("name", input);
  if (version.ok()) {
    const auto again = ParseVersionName("name", FormatVersion(version->tenant, version->model, version->version));
    Require(again.ok() && again->tenant == version->tenant && again->model == version->model &&
                again->version == version->version,
            "a version's name is read as it was written");
  }
  Require(rpc::TraceId(rpc::ChildTraceparent(input)).size() == 32, "every call has a trace");
  Require(!rpc::RequestIdOr(input).empty() && rpc::RequestIdOr(input).size() <= 64, "every call has an id");
  return 0;
}
