// The subcommands. Each function adds one to the command line and binds it to what it does.
#pragma once

#include "CLI/CLI.hpp"
#include "services/cli/commands/context.h"

namespace clientele::cli {

void AddUp(CLI::App& app, Context& context);
void AddDown(CLI::App& app, Context& context);
void AddStatus(CLI::App& app, Context& context);
void AddSample(CLI::App& app, Context& context);
void AddImport(CLI::App& app, Context& context);
void AddCustomers(CLI::App& app, Context& context);
void AddFeatures(CLI::App& app, Context& context);
void AddSettings(CLI::App& app, Context& context);
void AddTrain(CLI::App& app, Context& context);
void AddJobs(CLI::App& app, Context& context);
void AddSchedules(CLI::App& app, Context& context);
void AddModels(CLI::App& app, Context& context);
void AddModelsCard(CLI::App& models, Context& context);
void AddModelsExport(CLI::App& models, Context& context);
void AddModelsKeeping(CLI::App& models, Context& context);
void AddModelsMonitoring(CLI::App& models, Context& context);
void AddModelsQuality(CLI::App& models, Context& context);
void AddScore(CLI::App& app, Context& context);
void AddExplainChange(CLI::App& app, Context& context);
void AddValue(CLI::App& app, Context& context);
void AddPrivacy(CLI::App& app, Context& context);
void AddConsent(CLI::App& app, Context& context);
void AddOverrides(CLI::App& app, Context& context);
void AddRescore(CLI::App& app, Context& context);
void AddScores(CLI::App& app, Context& context);
void AddAudit(CLI::App& app, Context& context);
void AddBackup(CLI::App& app, Context& context);
void AddMove(CLI::App& app, Context& context);
void AddEncryption(CLI::App& app, Context& context);
void AddRetention(CLI::App& app, Context& context);
void AddTenants(CLI::App& app, Context& context);
void AddKeys(CLI::App& app, Context& context);
void AddQuotas(CLI::App& app, Context& context);
void AddUsage(CLI::App& app, Context& context);
void AddServiceConfig(CLI::App& app, Context& context);
void AddTokens(CLI::App& app, Context& context);
void AddReport(CLI::App& app, Context& context);
void AddReportModel(CLI::App& report, Context& context);

}  // namespace clientele::cli
