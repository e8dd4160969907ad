#include "services/ingestion/feature_service.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/ingestion/features/builtin_features.h"
#include "services/ingestion/features/create_feature.h"
#include "services/ingestion/features/customer_features.h"
#include "services/ingestion/features/customer_labels.h"
#include "services/ingestion/features/dataset_reader.h"
#include "services/ingestion/features/kinds_read.h"
#include "services/ingestion/features/labels.h"

namespace clientele::ingestion {
namespace {

constexpr int kFeaturesPageSize = 1'000;
constexpr int kMaxCustomers = 1'000;
constexpr size_t kMaxCustomerIdBytes = 128;
constexpr int kDefaultRowsPerChunk = 1'000;
constexpr int kMaxRowsPerChunk = 10'000;

v1::Feature FeatureOf(const TenantId& tenant, const features::Catalogue& catalogue,
                      const common::v1::FeatureDefinition& definition) {
  v1::Feature feature;
  feature.set_name(FormatFeature(tenant, definition.name()));
  *feature.mutable_definition() = definition;
  feature.set_type(catalogue.TypeOf(definition));
  return feature;
}

absl::Status ValidateCustomer(absl::string_view field, const std::string& id) {
  if (!id.empty() && id.size() <= kMaxCustomerIdBytes) return absl::OkStatus();
  return InvalidField(field, "must have 1 to 128 bytes");
}

absl::Status ValidateCustomers(const google::protobuf::RepeatedPtrField<std::string>& ids) {
  if (ids.empty() || ids.size() > kMaxCustomers) {
    return InvalidField("customer_ids", absl::StrCat("are ", ids.size(), "; allowed: 1 to 1,000"));
  }
  for (int i = 0; i < ids.size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(ValidateCustomer(absl::StrCat("customer_ids[", i, "]"), ids[i]));
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const v1::BatchGetFeaturesRequest& request) {
  std::vector<std::string> names(request.features().begin(), request.features().end());
  if (!names.empty()) return names;
  for (const auto& definition : features::BuiltinFeatures()) names.push_back(definition.name());
  return names;
}

absl::Status Suppressed() {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kCustomerSuppressed,
               "a customer of the request is on the tenant's suppression list");
}

absl::StatusOr<features::ReadOptions> OptionsOf(const v1::ReadDatasetRequest& request, int threads) {
  features::ReadOptions options;
  options.threads = threads;
  options.first_shard = request.first_shard();
  if (options.first_shard < 0 || options.first_shard >= kShardCount) {
    return InvalidField("first_shard", absl::StrCat(request.first_shard(), " is not within 0 to 255"));
  }
  const int rest = kShardCount - options.first_shard;
  options.shard_count = request.shard_count() == 0 ? rest : request.shard_count();
  if (options.shard_count < 0 || options.shard_count > rest) {
    return InvalidField("shard_count", absl::StrCat("must be 0 (all that follow) to ", rest));
  }
  options.max_rows_per_chunk = request.max_rows_per_chunk() == 0 ? kDefaultRowsPerChunk : request.max_rows_per_chunk();
  if (options.max_rows_per_chunk < 0 || options.max_rows_per_chunk > kMaxRowsPerChunk) {
    return InvalidField("max_rows_per_chunk", "must be 0 (1,000) to 10,000");
  }
  return options;
}

}  // namespace

FeatureService::FeatureService(storage::RecordStore& store, const storage::ErasureStore& erasures,
                               const storage::ConsentStore& consents, TenantContexts& contexts, const Clock& clock,
                               Executor& calls, Executor& streams, int dataset_threads)
    : store_(store),
      erasures_(erasures),
      consents_(consents),
      contexts_(contexts),
      clock_(clock),
      calls_(calls),
      streams_(streams),
      dataset_threads_(dataset_threads > 0 ? dataset_threads
                                           : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {}

absl::StatusOr<features::TenantCalendar> FeatureService::CalendarOf(const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto context, contexts_.Get(tenant));
  features::TenantCalendar calendar{context->base_currency(), context->settings().time_zone(), absl::UTCTimeZone()};
  if (absl::LoadTimeZone(calendar.time_zone, &calendar.zone)) return calendar;
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               absl::StrCat("the time zone ", calendar.time_zone, " is not installed on this machine"));
}

absl::StatusOr<features::Instant> FeatureService::InstantOf(const TenantId& tenant,
                                                            const v1::BatchGetFeaturesRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const features::TenantCalendar calendar, CalendarOf(tenant));
  features::Instant instant;
  instant.zone = calendar.zone;
  CLIENTELE_ASSIGN_OR_RETURN(instant.as_of,
                             features::TimeOr("as_of", request.has_as_of(), request.as_of(), clock_.Now()));
  CLIENTELE_ASSIGN_OR_RETURN(instant.known_at,
                             features::TimeOr("known_at", request.has_known_at(), request.known_at(), instant.as_of));
  CLIENTELE_ASSIGN_OR_RETURN(instant.events_until, features::TimeOr("events_until", request.has_events_until(),
                                                                    request.events_until(), instant.as_of));
  return instant;
}

grpc::ServerUnaryReactor* FeatureService::ListFeatures(grpc::CallbackServerContext* context,
                                                       const v1::ListFeaturesRequest* request,
                                                       v1::ListFeaturesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size,
                               rpc::PageSize(request->page_size(), kFeaturesPageSize, kFeaturesPageSize));
    const std::string fingerprint = absl::StrCat("features ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string last, rpc::DecodePageToken(request->page_token(), fingerprint));
    CLIENTELE_ASSIGN_OR_RETURN(const features::Catalogue catalogue, features::Catalogue::Load(store_, tenant));
    const auto& all = catalogue.all();
    auto next = std::find(all.begin(), all.end(), catalogue.Find(last));
    next = next == all.end() ? all.begin() : next + 1;
    for (; next != all.end() && response->features_size() < size; ++next) {
      *response->add_features() = FeatureOf(tenant, catalogue, **next);
    }
    if (next != all.end()) {
      response->set_next_page_token(rpc::EncodePageToken((*std::prev(next))->name(), fingerprint));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* FeatureService::CreateFeature(grpc::CallbackServerContext* context,
                                                        const v1::CreateFeatureRequest* request,
                                                        v1::Feature* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    const v1::Feature& feature = request->feature();
    const std::string name = FormatFeature(tenant, feature.definition().name());
    if (!feature.name().empty() && feature.name() != name) {
      return InvalidField("feature.name",
                          absl::StrCat("\"", feature.name(), "\" is not \"", name, "\"; it may be left out"));
    }
    CLIENTELE_ASSIGN_OR_RETURN(const common::v1::FeatureDefinition definition,
                               features::CreateFeature(store_, tenant, "feature.definition", feature.definition()));
    CLIENTELE_ASSIGN_OR_RETURN(const features::Catalogue catalogue, features::Catalogue::Load(store_, tenant));
    *response = FeatureOf(tenant, catalogue, definition);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* FeatureService::BatchGetFeatures(grpc::CallbackServerContext* context,
                                                           const v1::BatchGetFeaturesRequest* request,
                                                           v1::BatchGetFeaturesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_RETURN_IF_ERROR(ValidateCustomers(request->customer_ids()));
    const std::vector<std::string> names = NamesOf(*request);
    CLIENTELE_ASSIGN_OR_RETURN(const auto plan, plans_.Get(store_, tenant, "features", names));
    CLIENTELE_ASSIGN_OR_RETURN(const features::Instant instant, InstantOf(tenant, *request));
    if (request->has_as_of()) {
      CLIENTELE_ASSIGN_OR_RETURN(const v1::StoredRetention retention, store_.GetRetention(tenant));
      CLIENTELE_RETURN_IF_ERROR(features::CheckNotExpired(*plan, instant.as_of, retention.removed_before()));
    }
    features::Evaluator evaluator(plan, instant);
    for (const std::string& id : request->customer_ids()) {
      CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
      const bool suppressed = erasures_.IsSuppressed(tenant, id);
      if (suppressed && !request->allow_missing()) return Suppressed();
      if (!suppressed) CLIENTELE_RETURN_IF_ERROR(features::ReadCustomerFeatures(store_, tenant, id, evaluator));
      v1::FeatureVector& row = *response->add_rows();
      row.set_customer_id(id);
      row.set_found(!suppressed && evaluator.seen());
      if (row.found()) {
        features::AppendValues(evaluator, *row.mutable_values());
        *row.mutable_last_event_time() = ToProto(absl::FromUnixMicros(evaluator.last_event_micros()));
      } else if (!request->allow_missing()) {
        return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound,
                     absl::StrCat("no record at that instant names ", FormatCustomer(tenant, id)));
      }
    }
    response->mutable_features()->Add(names.begin(), names.end());
    *response->mutable_as_of() = ToProto(instant.as_of);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* FeatureService::BatchGetLabels(grpc::CallbackServerContext* context,
                                                         const v1::BatchGetLabelsRequest* request,
                                                         v1::BatchGetLabelsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    // Whose window is not over is no error here, so that the label alone is judged.
    CLIENTELE_RETURN_IF_ERROR(
        features::ValidateLabel("label", request->label(), absl::InfinitePast(), absl::InfinitePast()));
    if (request->instants().empty() || request->instants_size() > kMaxCustomers) {
      return InvalidField("instants", absl::StrCat("are ", request->instants_size(), "; allowed: 1 to 1,000"));
    }
    CLIENTELE_ASSIGN_OR_RETURN(const features::TenantCalendar calendar, CalendarOf(tenant));
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time known_at, features::TimeOr("known_at", request->has_known_at(),
                                                                           request->known_at(), clock_.Now()));
    for (int i = 0; i < request->instants_size(); ++i) {
      CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
      const auto& instant = request->instants(i);
      const std::string field = absl::StrCat("instants[", i, "]");
      CLIENTELE_RETURN_IF_ERROR(ValidateCustomer(field + ".customer_id", instant.customer_id()));
      if (!instant.has_as_of()) return InvalidField(field + ".as_of", "is required");
      CLIENTELE_ASSIGN_OR_RETURN(const absl::Time as_of,
                                 features::TimeOr(field + ".as_of", true, instant.as_of(), known_at));
      features::CustomerLabel label;
      if (!erasures_.IsSuppressed(tenant, instant.customer_id())) {
        CLIENTELE_ASSIGN_OR_RETURN(
            label, features::ReadCustomerLabel(store_, tenant, instant.customer_id(), request->label(), as_of, known_at,
                                               calendar.zone));
      } else if (!request->allow_missing()) {
        return Suppressed();
      }
      if (!label.found && !request->allow_missing()) {
        return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound,
                     absl::StrCat("no record names ", FormatCustomer(tenant, instant.customer_id())));
      }
      auto& value = *response->add_labels();
      if (label.value.has_value()) value.set_value(*label.value);
    }
    return absl::OkStatus();
  });
}

absl::Status FeatureService::SetLeftOut(const TenantId& tenant, const std::string& purpose,
                                        features::CompiledSpec& spec) {
  if (erasures_.DigestKeyOf(tenant).ok()) {
    spec.leaves_out = [&](absl::string_view customer) { return erasures_.IsSuppressed(tenant, customer); };
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto context, contexts_.Get(tenant));
  if (context->settings().train_on_opted_out() || !consents_.ConsentKeyOf(tenant).ok()) return absl::OkStatus();
  spec.has_opted_out = [&](absl::string_view customer) { return consents_.HasOptedOut(tenant, customer, purpose); };
  return absl::OkStatus();
}

grpc::ServerWriteReactor<v1::ReadDatasetResponse>* FeatureService::ReadDataset(grpc::CallbackServerContext* context,
                                                                               const v1::ReadDatasetRequest* request) {
  return rpc::ServerStream<v1::ReadDatasetResponse>(
      context, streams_,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::ReadDatasetResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
        CLIENTELE_ASSIGN_OR_RETURN(const features::ReadOptions options, OptionsOf(*request, dataset_threads_));
        CLIENTELE_ASSIGN_OR_RETURN(const features::TenantCalendar calendar, CalendarOf(tenant));
        CLIENTELE_ASSIGN_OR_RETURN(const features::Catalogue catalogue, features::Catalogue::Load(store_, tenant));
        CLIENTELE_ASSIGN_OR_RETURN(features::CompiledSpec spec,
                                   features::CompileSpec("spec", request->spec(), catalogue, calendar, clock_.Now()));
        spec.header.set_erasure_epoch(erasures_.ErasureEpoch(tenant));  // Before any row is read.
        CLIENTELE_ASSIGN_OR_RETURN(const v1::StoredRetention retention, store_.GetRetention(tenant));
        CLIENTELE_RETURN_IF_ERROR(
            features::CheckNotExpired(*spec.plan, spec.instant.as_of, retention.removed_before()));
        *spec.header.mutable_retention_cuts() = retention.removed_before();
        CLIENTELE_RETURN_IF_ERROR(SetLeftOut(tenant, request->spec().purpose(), spec));
        return features::ReadDataset(
            store_, tenant, spec, options, call.stop, [&writer](v1::ReadDatasetResponse& part) {
              return writer.Write(std::move(part)) ? absl::OkStatus() : absl::CancelledError("the receiver has gone");
            });
      });
}

}  // namespace clientele::ingestion
