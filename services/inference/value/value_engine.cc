#include "services/inference/value/value_engine.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/scoring/feature_source.h"
#include "services/inference/value/portfolio.h"
#include "services/inference/value/value_formula.h"

namespace clientele::inference {
namespace {

using ingestion::v1::BatchGetFeaturesResponse;
using v1::PotentialValue;
using v1::ValueSubject;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

absl::Status CheckSubjects(const v1::ComputePotentialValuesRequest& request) {
  const int size = request.subjects_size();
  if (size < 1 || size > kMostValueSubjects) {
    return InvalidField("subjects", absl::StrCat(size, " of them; allowed: 1 to ", kMostValueSubjects));
  }
  for (int i = 0; i < size; ++i) {
    const ValueSubject& subject = request.subjects(i);
    if (!subject.customer_id().empty() || subject.has_components()) continue;
    return InvalidField(absl::StrCat("subjects[", i, "]"), "has neither customer_id nor components");
  }
  return absl::OkStatus();
}

// One row as the formula takes it. `columns` [features] are those of the table.
absl::StatusOr<std::vector<double>> ReadRow(const ValueFormula& formula, const BatchGetFeaturesResponse& table,
                                            const ingestion::v1::FeatureVector& row) {
  std::vector<double> values(formula.features().size(), kMissing);
  for (size_t f = 0; f < values.size(); ++f) {
    const std::string& name = formula.features()[f];
    const auto column = std::find(table.features().begin(), table.features().end(), name);
    const auto index = static_cast<int>(column - table.features().begin());
    if (index >= row.values_size()) {
      return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
                   absl::StrCat("ingestion's answer does not have the feature \"", name, "\""));
    }
    const common::v1::Value& value = row.values(index);
    if (value.has_text()) {
      return InvalidField("value_settings", absl::StrCat("the feature \"", name,
                                                         "\" is a category, and a component is made "
                                                         "of numbers; change the settings"));
    }
    if (value.has_number()) values[f] = value.number();
  }
  return values;
}

// Sets the values of the customers at these places of the request.
class Batch {
 public:
  Batch(const ValueFormula& formula, CustomerHistory& history, const rpc::Call& call, const TenantId& tenant,
        PastInstant as_of)
      : formula_(formula), history_(history), call_(call), tenant_(tenant), as_of_(as_of) {}

  absl::Status Compute(const v1::ComputePotentialValuesRequest& request, absl::Span<const int> places,
                       v1::ComputePotentialValuesResponse& response) const {
    std::vector<std::string> ids;
    for (const int i : places) ids.push_back(request.subjects(i).customer_id());
    // Settings without a term still have customers who must be there.
    const std::vector<std::string> none = {"purchases"};
    const auto& features = formula_.features().empty() ? none : formula_.features();
    CLIENTELE_ASSIGN_OR_RETURN(const auto table, history_.FeaturesAt(tenant_, ids, features, as_of_, call_));
    if (table.rows_size() != static_cast<int>(ids.size())) {
      return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
                   "ingestion's answer does not have every customer");
    }
    for (int k = 0; k < table.rows_size(); ++k) {
      CLIENTELE_RETURN_IF_ERROR(SetValue(table, table.rows(k), *response.mutable_potential_values(places[k])));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status SetValue(const BatchGetFeaturesResponse& table, const ingestion::v1::FeatureVector& row,
                        PotentialValue& value) const {
    if (!row.found()) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound,
                   absl::StrCat(FormatCustomer(tenant_, row.customer_id()), " has no records"));
    }
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> values, ReadRow(formula_, table, row));
    *value.mutable_components() = ToProto(formula_.Components(values));
    AddFeatures(formula_, values, value);
    return absl::OkStatus();
  }

  const ValueFormula& formula_;
  CustomerHistory& history_;
  const rpc::Call& call_;
  const TenantId& tenant_;
  const PastInstant as_of_;
};

void AddError(int index, const absl::Status& status, v1::ComputePotentialValuesResponse& response) {
  auto& error = *response.add_errors();
  error.set_index(index);
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
}

absl::StatusOr<int> TopCount(int asked) {
  if (asked < -1 || asked > kMostTop) return InvalidField("top", absl::StrCat(asked, " is not in -1 to ", kMostTop));
  return asked == 0 ? kDefaultTop : std::max(asked, 0);
}

common::v1::DatasetSpec SpecOf(const ValueFormula& formula, const v1::ComputePortfolioValueRequest& request) {
  common::v1::DatasetSpec spec;
  spec.mutable_features()->Add(formula.features().begin(), formula.features().end());
  if (spec.features().empty()) spec.add_features("purchases");  // A dataset has at least one.
  if (request.has_as_of()) *spec.mutable_as_of() = request.as_of();
  for (const v1::PortfolioCondition& condition : request.where()) {
    auto& where = *spec.add_where();
    where.set_feature(condition.feature());
    if (condition.has_at_least()) where.set_at_least(condition.at_least());
    if (condition.has_at_most()) where.set_at_most(condition.at_most());
  }
  return spec;
}

}  // namespace

absl::StatusOr<v1::ComputePotentialValuesResponse> ValueEngine::ComputePotentialValues(
    const rpc::Call& call, const v1::ComputePotentialValuesRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request.parent()));
  CLIENTELE_RETURN_IF_ERROR(CheckSubjects(request));
  CLIENTELE_ASSIGN_OR_RETURN(const v1::ValueSettings settings, settings_.Get(tenant, request.revision()));
  const ValueFormula formula(settings);
  v1::ComputePotentialValuesResponse response;
  std::vector<int> to_read;
  for (int i = 0; i < request.subjects_size(); ++i) {
    PotentialValue& value = *response.add_potential_values();
    value.set_customer_id(request.subjects(i).customer_id());
    if (const absl::Status allowed = CheckAllowed(tenant, value.customer_id()); !allowed.ok()) {
      AddError(i, allowed, response);
    } else if (request.subjects(i).has_components()) {
      *value.mutable_components() = request.subjects(i).components();
    } else {
      to_read.push_back(i);
    }
  }
  PastInstant as_of;
  if (request.has_as_of()) as_of.as_of = clientele::FromProto(request.as_of());
  const Batch batch(formula, history_, call, tenant, as_of);
  for (size_t begin = 0; begin < to_read.size(); begin += kMaxFetchedCustomers) {
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    const auto places = absl::MakeConstSpan(to_read).subspan(begin, kMaxFetchedCustomers);
    CLIENTELE_RETURN_IF_ERROR(batch.Compute(request, places, response));
  }
  double sum = 0;
  for (PotentialValue& value : *response.mutable_potential_values()) {
    if (!value.has_components()) continue;
    value.set_value(formula.Value(FromProto(value.components())));
    sum += value.value();
  }
  response.set_portfolio_value(sum);
  response.set_currency_code(settings.currency_code());
  response.set_revision(settings.revision());
  return response;
}

absl::StatusOr<v1::ComputePortfolioValueResponse> ValueEngine::ComputePortfolioValue(
    const rpc::Call& call, const v1::ComputePortfolioValueRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int top, TopCount(request.top()));
  CLIENTELE_ASSIGN_OR_RETURN(const v1::ValueSettings settings, settings_.Get(tenant, request.revision()));
  const ValueFormula formula(settings);
  Portfolio portfolio(formula, top, [&](const std::string& id) { return !CheckAllowed(tenant, id).ok(); });
  v1::ComputePortfolioValueResponse response;
  const auto take = [&](const ingestion::v1::ReadDatasetResponse& part) -> absl::Status {
    if (part.has_chunk()) return portfolio.Add(part.chunk());
    if (part.has_omissions()) portfolio.AddOptedOut(part.omissions().opted_out_rows());
    if (!part.has_header()) return absl::OkStatus();
    response.set_currency_code(part.header().base_currency());
    *response.mutable_as_of() = part.header().as_of();
    return portfolio.Begin(part.header());
  };
  CLIENTELE_RETURN_IF_ERROR(portfolios_.Read(tenant, SpecOf(formula, request), ShardRange(), call, take));
  std::move(portfolio).Finish(response);
  if (!settings.currency_code().empty()) response.set_currency_code(settings.currency_code());
  response.set_revision(settings.revision());
  return response;
}

}  // namespace clientele::inference
