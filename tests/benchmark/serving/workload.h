// What is asked of the servers: models of 32 number features, and requests that score rows of them.
#pragma once

#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "clientele/model/v1/artifact.pb.h"

namespace clientele::benchmark {

inline constexpr int kFeatures = 32;
inline constexpr int kClusters = 32;
inline constexpr int kRowsInABatch = 1000;

// The name of feature f: an attribute of the profile, so that ingestion computes it.
std::string FeatureName(int f);

// Ready to publish: logistic regression, or K-means with 32 segments. `seed` tells versions apart.
clientele::model::v1::ModelArtifact LinearModel(int seed);
clientele::model::v1::ModelArtifact ClusterModel(int seed);
std::string SerializedModel(const clientele::model::v1::ModelArtifact& artifact);

// The value of feature f of row r: deterministic, spread around the model's means.
double FeatureValue(int row, int feature);
inference::v1::ScoreRequest ScoreGiven(const std::string& model_name, int row, int max_reasons);
inference::v1::ScoreRequest ScoreById(const std::string& model_name, int customer);
inference::v1::BatchScoreRequest BatchGiven(const std::string& model_name, int first_row, int rows);
ingestion::v1::Record MakeProfile(int customer);

}  // namespace clientele::benchmark
