// A small customer base with every kind of feature, and complete artifacts over it, one an algorithm.
#pragma once

#include <cstdint>

#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::testutil {

// Numbers `recency` (days), `spend` (a long tail), `age` (a fifth is missing); categories `plan` (some missing) and
// `region` (more of them than are kept); an auxiliary number `split`; labels 0 and 1. The same for the same seed.
dataset::Dataset SampleDataset(int rows = 600, uint32_t seed = 1);

// Preprocessing that uses everything: winsorising, log1p, dropped references, "other".
clientele::model::v1::PreprocessingSpec SamplePreprocessing();

// Trained on nothing, but sound: parameters made up, golden rows, histograms and quantiles computed.
clientele::model::v1::ModelArtifact SampleLogisticRegression(const dataset::Dataset& dataset);
clientele::model::v1::ModelArtifact SampleCalibratedRegression(const dataset::Dataset& dataset);
clientele::model::v1::ModelArtifact SampleMultinomialRegression(const dataset::Dataset& dataset);
clientele::model::v1::ModelArtifact SampleValueRegression(const dataset::Dataset& dataset);
// The zero-inflated lognormal, with all its parts and intervals.
clientele::model::v1::ModelArtifact SampleTwoPartRegression(const dataset::Dataset& dataset);
clientele::model::v1::ModelArtifact SampleKMeans(const dataset::Dataset& dataset);

// Small enough to compute by hand: schema `x` and `plan`, columns "x" (training mean 2, deviation 1), "plan=a" (share
// 1/4) and "plan=b" (share 3/4). No model yet, and nothing that follows from one.
clientele::model::v1::ModelArtifact TinyArtifact();

}  // namespace clientele::testutil
