// What a training job came to, for people: how good the model is, what the gate decided and why.
#pragma once

#include <string>

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "services/cli/output/console.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// The measures of an evaluation, one a row.
Table EvaluationTable(const model::v1::Evaluation& evaluation);
// In one line: "AUC 0.912, accuracy 85.1 %".
std::string EvaluationLine(const model::v1::Evaluation& evaluation);
// Deciles of a classifier or of a value regression, profiles of clusters.
void ShowEvaluationDetail(const model::v1::Evaluation& evaluation, Console& console);
// The gate's decision in a sentence, and its checks.
std::string DecisionText(const model::v1::GateDecision& decision);
Table ChecksTable(const model::v1::GateDecision& decision);
Table IssuesTable(const google::protobuf::RepeatedPtrField<training::v1::DataIssue>& issues);

// "succeeded", "running", ...
std::string StateText(const training::v1::TrainingJob& job);

}  // namespace clientele::cli
