// The pictures of a training report, one file each in pictures/. Pure functions of the evaluation: same numbers, same
// bytes. What is missing or not finite leaves a gap, or a frame that says that there is nothing to show.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "clientele/model/v1/model_card.pb.h"
#include "services/cli/page/picture.h"

namespace clientele::cli {

// What a classifier's two classes are called, as plural nouns.
struct ClassNames {
  std::string positives = "positives";
  std::string negatives = "negatives";
};

using PenaltyPathPoints = google::protobuf::RepeatedPtrField<model::v1::LogisticRegressionModel::PathPoint>;
using Coefficients = google::protobuf::RepeatedPtrField<model::v1::Coefficient>;

// Classifiers.
Picture RocPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture PrecisionRecallPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture CalibrationPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture ScoresPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture LiftPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture GainPicture(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
Picture PenaltyPathPicture(const PenaltyPathPoints& path);

// Of k classes: rows are the true ones.
struct ConfusionMatrix {
  std::vector<std::string> classes;  // [k]
  std::vector<double> rows;          // [k x k], row-major: how many.
};
ConfusionMatrix ConfusionOf(const model::v1::ClassifierEvaluation& evaluation, const ClassNames& names);
ConfusionMatrix ConfusionOf(const model::v1::MulticlassEvaluation& evaluation);
Picture ConfusionPicture(const ConfusionMatrix& matrix);

// Of one linear predictor: its strongest, without the intercept. `part` as in the messages.
Picture CoefficientsPicture(const Coefficients& coefficients, absl::string_view part);

// Features by their weight, the heaviest first.
Picture ImportancePicture(const model::v1::ModelCard& card);

// Value regressions. `unit`: of the value, "EUR".
Picture ValueDecilesPicture(const model::v1::ValueEvaluation& evaluation, absl::string_view unit);
Picture ValueGainsPicture(const model::v1::ValueEvaluation& evaluation);

// Clusters.
Picture ScatterPicture(const model::v1::ClusterEvaluation& evaluation);
Picture SizesPicture(const model::v1::ClusterEvaluation& evaluation);
Picture StabilityPicture(const model::v1::ClusterEvaluation& evaluation);
Picture ProfilesPicture(const model::v1::ClusterEvaluation& evaluation);
Picture ChoicesPicture(const model::v1::ClusterEvaluation& evaluation);

}  // namespace clientele::cli
