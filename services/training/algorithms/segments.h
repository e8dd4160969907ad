// Segments over the versions of a model that gives any (clusters, RFM): which new cluster is which old one, and who
// moved.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/kmeans.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"
#include "services/training/evaluation/cluster_profiles.h"

namespace clientele::training {

// Whether what the model says of a customer is a segment.
bool HasSegments(const model::v1::ModelArtifact& artifact);

// The segment of each selected row of this part; -1 elsewhere. INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset
// lacks a feature.
absl::StatusOr<RowClusters> ClusterRows(const model::Predictor& predictor, const dataset::Dataset& dataset,
                                        const dataset::RowSelection& selection, int threads);

// The same, all -1 where there is no predictor, it has no segments, or the dataset lacks one of its features.
RowClusters ClusterRowsOrNone(const model::Predictor* predictor, const dataset::Dataset& dataset,
                              const dataset::RowSelection& selection, int threads);

// A cluster's identity; that of a model from before there were any is its place, from 1.
int IdentityOf(const model::v1::KMeansModel& model, int cluster);

// Identities and names for `model`, whose clusters have fresh names. A cluster continues the champion's that it shares
// most rows with (Hungarian method): it takes over its identity, and its name where they share half of their rows
// (Jaccard). Others get identities above the champion's highest. With itself as the champion a model stays as it was.
// Rows are those of all parts.
absl::Status ContinueSegments(const model::v1::KMeansModel* champion, const RowClusters& champion_clusters,
                              const RowClusters& clusters, model::v1::KMeansModel& model, dataset::Parts& parts);

// Who is where, over all rows of all parts; `champion` may be null. Values are of spend_total, else of the first
// feature in the base currency.
absl::StatusOr<model::v1::SegmentMigration> MigrationOf(const model::Predictor* champion,
                                                        absl::string_view champion_version,
                                                        const model::Predictor& model, const dataset::Dataset& dataset,
                                                        int threads, dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
