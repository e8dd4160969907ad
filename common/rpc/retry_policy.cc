#include "common/rpc/retry_policy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace clientele::rpc {
namespace {

constexpr absl::string_view kRepeatable[] = {
    "clientele.ingestion.v1.IngestionService/IngestRecordBatch",  // A record id is accepted once.
    "clientele.ingestion.v1.IngestionService/ListRejectedRecords",
    "clientele.ingestion.v1.IngestionService/GetIngestionReport",
    "clientele.ingestion.v1.CustomerService/GetCustomer",
    "clientele.ingestion.v1.CustomerService/ListCustomers",
    "clientele.ingestion.v1.CustomerService/GetCustomerTimeline",
    "clientele.ingestion.v1.FeatureService/ListFeatures",
    "clientele.ingestion.v1.FeatureService/BatchGetFeatures",
    "clientele.ingestion.v1.FeatureService/BatchGetLabels",
    "clientele.ingestion.v1.FeatureService/ReadDataset",  // Only until its first message.
    "clientele.ingestion.v1.SettingsService/GetSettings",
    "clientele.ingestion.v1.PrivacyService/GetErasure",
    "clientele.ingestion.v1.PrivacyService/ListErasures",
    "clientele.ingestion.v1.PrivacyService/GetErasureReceipt",
    "clientele.ingestion.v1.PrivacyService/ExportCustomerData",  // Only until its first message, as
    "clientele.ingestion.v1.PrivacyService/WatchErasures",       // this.
    "clientele.ingestion.v1.PrivacyService/ReportErasures",      // The last report counts.
    "clientele.ingestion.v1.ConsentService/BatchSetScoringConsents",  // Said again, it stands.
    "clientele.ingestion.v1.ConsentService/GetScoringConsents",
    "clientele.ingestion.v1.ConsentService/ListScoringConsentChanges",
    "clientele.ingestion.v1.ConsentService/WatchScoringConsents",  // Only until its first message.
    "clientele.training.v1.TrainingService/GetTrainingJob",
    "clientele.training.v1.TrainingService/ListTrainingJobs",
    "clientele.training.v1.TrainingService/WatchTrainingJob",   // Only until its first message.
    "clientele.training.v1.TrainingService/CreateTrainingJob",  // The request id tells a repetition.
    "clientele.training.v1.TrainingService/CheckDataReadiness",
    "clientele.training.v1.ScheduleService/GetRetrainSchedule",
    "clientele.training.v1.ScheduleService/ListRetrainSchedules",
    "clientele.training.v1.ScheduleService/ListScheduleRuns",
    "clientele.inference.v1.ModelService/ExportModelVersion",  // Only until its first message.
    "clientele.inference.v1.ModelService/GetModel",
    "clientele.inference.v1.ModelService/ListModels",
    "clientele.inference.v1.ModelService/GetModelVersion",
    "clientele.inference.v1.ModelService/ListModelVersions",
    "clientele.inference.v1.ModelService/GetModelAlias",
    "clientele.inference.v1.ModelService/ListModelAliasChanges",
    "clientele.inference.v1.ModelService/GetModelTraffic",
    "clientele.inference.v1.ModelService/WatchModels",  // Only until its first message.
    "clientele.inference.v1.ModelService/GetModelCard",
    "clientele.inference.v1.ModelService/DeleteModelVersion",  // What is deleted stays so.
    "clientele.inference.v1.OverrideService/GetScoreOverride",
    "clientele.inference.v1.OverrideService/ListScoreOverrides",
    "clientele.inference.v1.OverrideService/ListScoreOverrideChanges",
    "clientele.inference.v1.MonitoringService/GetShadowReport",
    "clientele.inference.v1.MonitoringService/GetOutcomeReport",
    "clientele.inference.v1.MonitoringService/GetDriftReport",
    "clientele.inference.v1.QualityService/GetQualityHistory",
    "clientele.inference.v1.DueVersionService/ListDueVersions",
    "clientele.inference.v1.ValueService/GetValueSettings",
    "clientele.inference.v1.ValueService/ListValueSettingsRevisions",
    "clientele.inference.v1.ValueService/ComputePotentialValues",
    "clientele.inference.v1.ValueService/ComputePortfolioValue",
    "clientele.inference.v1.ScoringService/Score",
    "clientele.inference.v1.ScoringService/BatchScore",
    "clientele.inference.v1.ScoringService/ScoreCustomer",
    "clientele.inference.v1.ScoringService/ExplainScoreChange",
    "clientele.inference.v1.CurrentScoreService/GetCurrentScore",
    "clientele.inference.v1.CurrentScoreService/ListCurrentScores",
    "clientele.inference.v1.CurrentScoreService/WatchScores",  // Only until its first message.
    "clientele.inference.v1.RescoreService/GetRescoreSchedule",
    "clientele.inference.v1.RescoreService/ListRescoreSchedules",
    "clientele.inference.v1.RescoreService/GetRescoreJob",
    "clientele.inference.v1.RescoreService/ListRescoreJobs",
    "clientele.inference.v1.RescoreService/WatchRescoreJob",  // Only until its first message.
    "clientele.inference.v1.RescoreService/CancelRescoreJob",  // What is cancelled stays so.
    "clientele.admin.v1.EncryptionService/GetEncryption",
    "clientele.admin.v1.EncryptionService/SealRecords",  // Goes on where it was; only until its first message.
    "clientele.admin.v1.AdminService/ListApiKeys",
    "clientele.admin.v1.AdminService/RevokeApiKey",  // What is revoked stays so.
    "clientele.admin.v1.AdminService/GetTenantQuota",
    "clientele.admin.v1.AdminService/ListTenantQuotas",
    "clientele.admin.v1.AdminService/GetTenantUsage",
    "clientele.admin.v1.AdminService/ListTenantUsages",
    "clientele.admin.v1.TenantService/GetTenant",
    "clientele.admin.v1.TenantService/ListTenants",
    "clientele.ingestion.v1.RetentionService/GetRetentionPolicy",
    "clientele.ingestion.v1.RetentionService/PreviewRetention",
    "clientele.ingestion.v1.RetentionService/ListRetentionRuns",
    "clientele.admin.v1.AuditService/ListAuditEntries",
    "clientele.admin.v1.AuditService/GetAuditHead",
    "clientele.admin.v1.AuditService/ExportAuditEntries",  // Only until its first message.
};

}  // namespace

absl::Span<const absl::string_view> RepeatableMethods() { return kRepeatable; }

std::string ServiceConfig(bool health_checked) {
  const std::string names = absl::StrJoin(kRepeatable, ",", [](std::string* out, absl::string_view method) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(method, '/');
    absl::StrAppend(out, R"({"service":")", parts.first, R"(","method":")", parts.second, R"("})");
  });
  return absl::StrCat(
      R"({"loadBalancingConfig":[{"round_robin":{}}],)",
      health_checked ? R"("healthCheckConfig":{"serviceName":""},)" : "",
      R"("retryThrottling":{"maxTokens":100,"tokenRatio":0.1},)", R"("methodConfig":[{"name":[)", names,
      R"(],"retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"2s","backoffMultiplier":2,)",
      R"("retryableStatusCodes":["UNAVAILABLE"]}}]})");
}

}  // namespace clientele::rpc
