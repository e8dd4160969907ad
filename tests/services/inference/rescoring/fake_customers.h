// Customers in memory, read as a dataset: the features of ChurnModel, ValueModel and SegmentModel (test_models.h).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "services/inference/value/portfolio_source.h"

namespace clientele::testutil {

// One thread.
class FakeCustomers final : public inference::PortfolioSource {
 public:
  struct Customer {
    float recency = 0;
    float visits = 0;
    std::string plan;  // Empty: missing.
  };

  // In their shards' order, as ingestion has it.
  absl::Status Read(const TenantId& tenant, const common::v1::DatasetSpec& spec, inference::ShardRange shards,
                    const rpc::Call& /*call*/,
                    absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) override {
    last_spec = spec;
    CLIENTELE_RETURN_IF_ERROR(visit(Header(spec)));
    std::map<std::string, uint32_t> codes;
    for (int shard = shards.first; shard < shards.first + shards.count; ++shard) {
      ingestion::v1::ReadDatasetResponse part;
      for (const auto& [id, customer] : customers) {
        if (ShardOf(tenant, id) != shard) continue;
        part.mutable_chunk()->set_shard(shard);
        AddRow(spec, id, customer, codes, *part.mutable_chunk());
        if (part.chunk().customer_ids_size() == chunk_rows) CLIENTELE_RETURN_IF_ERROR(Send(part, visit));
      }
      if (part.has_chunk()) CLIENTELE_RETURN_IF_ERROR(Send(part, visit));
    }
    if (opted_out == 0 || shards.first > 0) return absl::OkStatus();
    ingestion::v1::ReadDatasetResponse part;
    part.mutable_omissions()->set_opted_out_rows(opted_out);
    return visit(part);
  }

  std::map<std::string, Customer> customers;
  int64_t opted_out = 0;  // In shard 0.
  int chunk_rows = 2;
  std::function<absl::Status()> before_chunk = [] { return absl::OkStatus(); };
  common::v1::DatasetSpec last_spec;

 private:
  static ingestion::v1::ReadDatasetResponse Header(const common::v1::DatasetSpec& spec) {
    ingestion::v1::ReadDatasetResponse part;
    for (const std::string& feature : spec.features()) {
      auto& column = *part.mutable_header()->add_columns();
      column.mutable_feature()->set_name(feature);
      column.set_type(feature == "plan" ? common::v1::FEATURE_TYPE_CATEGORY : common::v1::FEATURE_TYPE_NUMBER);
    }
    *part.mutable_header()->mutable_as_of() = spec.as_of();
    return part;
  }
  static void AddRow(const common::v1::DatasetSpec& spec, const std::string& id, const Customer& customer,
                     std::map<std::string, uint32_t>& codes, common::v1::DatasetChunk& chunk) {
    chunk.add_customer_ids(id);
    for (const std::string& feature : spec.features()) {
      if (feature == "recency") chunk.add_numbers(customer.recency);
      if (feature == "visits") chunk.add_numbers(customer.visits);
      if (feature != "plan") continue;
      uint32_t code = 0;
      if (!customer.plan.empty()) {
        const auto [found, is_new] = codes.emplace(customer.plan, codes.size() + 1);
        if (is_new) chunk.add_new_categories()->set_value(customer.plan);
        code = found->second;
      }
      chunk.add_categories(code);
    }
  }
  absl::Status Send(ingestion::v1::ReadDatasetResponse& part,
                    absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) {
    CLIENTELE_RETURN_IF_ERROR(before_chunk());
    CLIENTELE_RETURN_IF_ERROR(visit(part));
    part.Clear();
    return absl::OkStatus();
  }
};

}  // namespace clientele::testutil
