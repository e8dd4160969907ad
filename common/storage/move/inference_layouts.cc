// What inference keeps: models, what customers are worth, what was scored, and what people decided in place of models.
#include <string>

#include "clientele/inference/v1/current_score_service.pb.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "common/base/timestamps.h"
#include "common/storage/move/codecs.h"
#include "common/storage/move/layout.h"
#include "common/storage/rescore_store.h"

namespace clientele::storage {
namespace {

using postgresql::CopyRows;

constexpr Field kTenant = {Form::kText, "tenant"};
constexpr Field kModel = {Form::kText, "model"};
constexpr Field kMessage = {Form::kRest, "message"};

void DeriveVersion(const Row& row, CopyRows& rows) {
  using inference::v1::ModelVersion;
  ModelVersion version;
  version.ParseFromString(std::string(row[3]));
  rows.AddRaw(version.sha256());
  rows.AddInt8(version.size_bytes());
  rows.AddTime(absl::ToUnixMicros(FromProto(version.create_time())));
  rows.AddBool(version.state() == ModelVersion::STATE_DELETED);
}

void DeriveOverride(const Row& row, CopyRows& rows) {
  inference::v1::ScoreOverride stands;
  stands.ParseFromString(std::string(row[3]));
  rows.AddTime(absl::ToUnixMicros(FromProto(stands.expire_time())));
}

// The last revision of what is kept of a model beside its versions.
Layout DocumentLayout(const std::string& document) {
  const std::string name = "model_" + document;
  return {.name = name,
          .store = "models",
          .database = "metadata",
          .family = document,
          .key = {kTenant, kModel},
          .value = {{Form::kNumber, "revision"}, kMessage},
          .table = "model_documents",
          .select = "SELECT tenant, model, revision, message FROM model_documents WHERE document = '" + document + "'",
          .insert = "INSERT INTO model_documents (tenant, model, document, revision, message) SELECT tenant, model, '" +
                    document + "', revision, message FROM moving_" + name};
}

std::vector<Layout> ModelLayouts() {
  return {
      {.name = "model_versions",
       .store = "models",
       .database = "metadata",
       .family = "versions",
       .key = {kTenant, kModel, {Form::kNumber, "number"}},
       .value = {kMessage},
       .also = "sha256, size_bytes, create_time, is_deleted",
       .derive = &DeriveVersion},
      {.name = "alias_revisions",
       .store = "models",
       .database = "metadata",
       .family = "aliases",
       .key = {kTenant, kModel, {Form::kText, "alias"}, {Form::kNumber, "revision"}},
       .value = {{Form::kByte, "change"},
                 {Form::kNumber, "from_version"},
                 {Form::kNumber, "to_version"},
                 {Form::kTime, "time"},
                 {Form::kText, "actor"},
                 {Form::kLateText, "reason"},
                 {Form::kLateNumber, "restored_revision"}},
       // Of which change it was a part, model_changes say.
       .insert = "INSERT INTO alias_revisions (tenant, model, alias, revision, change, from_version, to_version, time,"
                 " actor, reason, restored_revision, sequence) SELECT tenant, model, alias, revision, change,"
                 " from_version, to_version, time, actor, reason, restored_revision, 0 FROM moving_alias_revisions"},
      {.name = "model_changes",
       .store = "models",
       .database = "metadata",
       .family = "changes",
       .codec = &kModelChangeCodec,
       .coded_columns = "tenant, sequence, model, version, is_deleted, traffic, settings, aliases, revisions",
       .select = "SELECT tenant, sequence, model, version, is_deleted, traffic, settings,"
                 " ARRAY(SELECT alias FROM alias_revisions a WHERE a.tenant = c.tenant AND a.sequence = c.sequence"
                 " ORDER BY alias, revision) AS aliases,"
                 " ARRAY(SELECT revision FROM alias_revisions a WHERE a.tenant = c.tenant AND a.sequence = c.sequence"
                 " ORDER BY alias, revision) AS revisions FROM model_changes c",
       .staging = "tenant text COLLATE \"C\", sequence bigint, model text COLLATE \"C\", version bigint, is_deleted"
                  " boolean, traffic boolean, settings boolean, aliases text[], revisions bigint[]",
       .insert = "INSERT INTO model_changes (tenant, sequence, model, version, is_deleted, traffic, settings) SELECT"
                 " tenant, sequence, model, version, is_deleted, traffic, settings FROM moving_model_changes;"
                 " UPDATE alias_revisions a SET sequence = m.sequence FROM (SELECT tenant, sequence, model,"
                 " unnest(aliases) AS alias, unnest(revisions) AS revision FROM moving_model_changes) m"
                 " WHERE a.tenant = m.tenant AND a.model = m.model AND a.alias = m.alias AND a.revision = m.revision"},
      {.name = "model_sequences",
       .store = "models",
       .database = "metadata",
       .family = "sequences",
       .key = {kTenant},
       .value = {{Form::kNumber, "last"}},
       .select = "SELECT tenant, last FROM model_sequences WHERE last > 0"},
      {.name = "publish_requests",
       .store = "models",
       .database = "metadata",
       .family = "requests",
       .key = {kTenant, {Form::kText, "request_id"}},
       .value = {kModel, {Form::kNumber, "version"}, {Form::kText, "fingerprint"}}},
      DocumentLayout("traffic"),
      DocumentLayout("settings"),
      {.name = "value_settings",
       .store = "value settings",
       .database = "value_settings",
       .family = "settings",
       .key = {kTenant, {Form::kInverse, "revision"}},
       .value = {kMessage}},
  };
}

std::vector<Layout> ScoreLayouts() {
  const std::string log = "score_log";
  return {
      {.name = "scores",
       .store = "score log",
       .database = log,
       .family = "scores",
       .key = {{Form::kDay, ""},
               kTenant,
               kModel,
               {Form::kTime, "time"},
               {Form::kText, "pseudonym"},
               {Form::kSigned, "version"}},
       .value = {{Form::kText, "arm"},
                 {Form::kText, "alias"},
                 {Form::kDouble, "score"},
                 {Form::kMediumSigned, "decision"},
                 {Form::kDouble, "micros"},
                 {Form::kNumber, "feature_digest"}}},
      {.name = "shadow_pairs",
       .store = "score log",
       .database = log,
       .family = "pairs",
       .key = {{Form::kDay, ""},
               kTenant,
               kModel,
               {Form::kTime, "time"},
               {Form::kText, "pseudonym"},
               {Form::kSigned, "served_version"},
               {Form::kSigned, "shadow_version"}},
       .value = {{Form::kDouble, "served_score"},
                 {Form::kMediumSigned, "served_decision"},
                 {Form::kDouble, "served_micros"},
                 {Form::kDouble, "shadow_score"},
                 {Form::kMediumSigned, "shadow_decision"},
                 {Form::kDouble, "shadow_micros"}}},
      {.name = "score_counts",
       .store = "score log",
       .database = log,
       .family = "counts",
       .key = {{Form::kSigned, "day"}, kTenant, kModel, {Form::kSigned, "version"}},
       .value = {{Form::kNumbers, "counts"}}},
      {.name = "score_customers",
       .store = "score log",
       .database = log,
       .family = "customers",
       .key = {kTenant, {Form::kText, "pseudonym"}},
       .value = {{Form::kSigned, "last_day"}, {Form::kText, "customer_id"}}},
      {.name = "score_log_secret",
       .store = "score log",
       .database = log,
       .family = "secret",
       .value = {{Form::kRest, "secret"}}},
  };
}

std::vector<Layout> OverrideLayouts() {
  return {
      {.name = "score_overrides",
       .store = "overrides",
       .database = "overrides",
       .family = "overrides",
       .key = {kTenant, kModel, {Form::kText, "customer_id"}},
       .value = {kMessage},
       .also = "expire_time",
       .derive = &DeriveOverride},
      {.name = "score_override_changes",
       .store = "overrides",
       .database = "overrides",
       .family = "journal",
       .key = {kTenant, kModel, {Form::kText, "customer_id"}, {Form::kInverse, "revision"}},
       .value = {kMessage}},
  };
}

std::vector<Layout> CurrentScoreLayouts() {
  return {
      {.name = "current_scores",
       .store = "current scores",
       .database = "current_scores",
       .family = "scores",
       .codec = &kCurrentScoreCodec,
       .coded_columns = "tenant, model, customer_id, shard, score, percentile, tier, segment, previous_score,"
                        " previous_tier, previous_segment, previous_version, previous_feature_time, reasons, version,"
                        " arm, feature_time, score_time",
       .nullable = "percentile, previous_score, previous_tier, previous_segment, previous_version,"
                   " previous_feature_time"},
      {.name = "score_changes",
       .store = "current scores",
       .database = "current_scores",
       .family = "changes",
       .key = {kTenant, {Form::kNumber, "sequence"}},
       .value = {kMessage},
       .also = "customer_id",
       .derive =
           [](const Row& row, CopyRows& rows) {
             inference::v1::CurrentScore score;
             score.ParseFromString(std::string(row[2]));
             rows.AddRaw(score.customer_id());
           }},
      {.name = "score_journals",
       .store = "current scores",
       .database = "current_scores",
       .family = "journals",
       .key = {kTenant},
       .value = {{Form::kNumber, "last_sequence"}, {Form::kNumber, "forgotten_sequence"}}},
      {.name = "rescore_schedules",
       .store = "rescoring",
       .database = "rescoring",
       .family = "schedules",
       .key = {kTenant, {Form::kText, "id"}},
       .value = {kMessage}},
      {.name = "rescore_jobs",
       .store = "rescoring",
       .database = "rescoring",
       .family = "jobs",
       .key = {kTenant, {Form::kText, "id"}},
       .value = {kMessage},
       .also = "feature_time, is_open",
       .derive =
           [](const Row& row, CopyRows& rows) {
             inference::v1::RescoreJob job;
             job.ParseFromString(std::string(row[2]));
             rows.AddTime(absl::ToUnixMicros(FromProto(job.feature_time())));
             rows.AddBool(!HasEnded(job));
           }},
  };
}

}  // namespace

Layouts InferenceLayouts() {
  Layouts layouts;
  for (std::vector<Layout>& group :
       std::vector{ModelLayouts(), ScoreLayouts(), OverrideLayouts(), CurrentScoreLayouts()}) {
    for (Layout& layout : group) layouts.tables.push_back(std::move(layout));
  }
  layouts.indices = {{.name = "overrides to be rewritten", .database = "overrides", .family = "purges"},
                     {.name = "scores to be rewritten", .database = "current_scores", .family = "purges"},
                     {.name = "open rescoring", .database = "rescoring", .family = "open"}};
  layouts.has_artifacts = true;
  return layouts;
}

}  // namespace clientele::storage
