#include "services/training/learners/kmeans/settings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/kmeans/assign.h"

namespace clientele::training {
namespace {

using model::v1::KMeansParameters;

constexpr int kMostChosenClusters = 64;
constexpr int kLeastBatchRows = 256;
constexpr int kMostResamples = 1000;

int Or(int value, int otherwise) { return value == 0 ? otherwise : value; }

struct Range {
  absl::string_view name;
  int value;
  int least;
  int most;
};

// 0 stands for the default.
absl::Status CheckRange(const Range& range, absl::string_view field) {
  if (range.value == 0 || (range.value >= range.least && range.value <= range.most)) return absl::OkStatus();
  return InvalidField(absl::StrCat(field, ".", range.name),
                      absl::StrCat(range.value, " is not ", range.least, " to ", range.most));
}

absl::Status CheckStartingCentroids(const KMeansParameters& parameters, absl::string_view field) {
  const int given = parameters.starting_centroids_size();
  if (given == 0) return absl::OkStatus();
  if (given != parameters.num_clusters()) {
    return InvalidField(
        absl::StrCat(field, ".starting_centroids"),
        absl::StrCat(given, " are given; it takes as many as num_clusters, ", parameters.num_clusters()));
  }
  for (int c = 0; c < given; ++c) {
    for (const auto& coordinate : parameters.starting_centroids(c).coordinates()) {
      if (!coordinate.feature().empty()) continue;
      return InvalidField(absl::StrCat(field, ".starting_centroids[", c, "].coordinates.feature"), "required");
    }
  }
  return absl::OkStatus();
}

template <typename IsValid>
absl::Status CheckEnum(int value, IsValid is_valid, absl::string_view field, absl::string_view name,
                       absl::string_view allowed) {
  if (is_valid(value)) return absl::OkStatus();
  return InvalidField(absl::StrCat(field, ".", name), absl::StrCat(value, " is not one of ", allowed));
}

}  // namespace

absl::Status ValidateKMeans(const KMeansParameters& parameters, absl::string_view field) {
  const int unlimited = std::numeric_limits<int>::max();
  for (const Range& range : {Range{"num_clusters", parameters.num_clusters(), 2, kMostClusters},
                             Range{"min_clusters", parameters.min_clusters(), 2, kMostChosenClusters},
                             Range{"max_clusters", parameters.max_clusters(), 2, kMostChosenClusters},
                             Range{"restarts", parameters.restarts(), 1, 1000},
                             Range{"max_iterations", parameters.max_iterations(), 1, 10000},
                             Range{"batch_rows", parameters.batch_rows(), kLeastBatchRows, unlimited},
                             Range{"stability_resamples", parameters.stability_resamples(), -1, kMostResamples}}) {
    CLIENTELE_RETURN_IF_ERROR(CheckRange(range, field));
  }
  if (parameters.num_clusters() != 0 && (parameters.min_clusters() != 0 || parameters.max_clusters() != 0)) {
    return InvalidField(absl::StrCat(field, ".num_clusters"),
                        "is given beside a range; give either num_clusters or min_clusters and max_clusters");
  }
  if (parameters.max_clusters() != 0 && parameters.max_clusters() < std::max(2, parameters.min_clusters())) {
    return InvalidField(absl::StrCat(field, ".max_clusters"),
                        absl::StrCat(parameters.max_clusters(), " is below min_clusters ", parameters.min_clusters()));
  }
  if (!std::isfinite(parameters.min_relative_progress()) || parameters.min_relative_progress() >= 1) {
    return InvalidField(absl::StrCat(field, ".min_relative_progress"),
                        absl::StrCat(parameters.min_relative_progress(), " is not a number below 1"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckEnum(parameters.choice(), KMeansParameters::Choice_IsValid, field, "choice",
                                      "CHOICE_SILHOUETTE, CHOICE_CALINSKI_HARABASZ"));
  CLIENTELE_RETURN_IF_ERROR(CheckEnum(parameters.distance(), KMeansParameters::Distance_IsValid, field, "distance",
                                      "DISTANCE_EUCLIDEAN, DISTANCE_COSINE"));
  CLIENTELE_RETURN_IF_ERROR(CheckEnum(parameters.seeding(), KMeansParameters::Seeding_IsValid, field, "seeding",
                                      "SEEDING_PLUS_PLUS, SEEDING_PARALLEL"));
  return CheckStartingCentroids(parameters, field);
}

KMeansSettings::KMeansSettings(const KMeansParameters& parameters)
    : chosen(parameters.num_clusters() == 0),
      min_clusters(chosen ? Or(parameters.min_clusters(), 2) : parameters.num_clusters()),
      max_clusters(chosen ? Or(parameters.max_clusters(), std::max(10, min_clusters)) : parameters.num_clusters()),
      restarts(Or(parameters.restarts(), 10)),
      choose_by_calinski_harabasz(parameters.choice() == KMeansParameters::CHOICE_CALINSKI_HARABASZ),
      parallel_seeding(parameters.seeding() == KMeansParameters::SEEDING_PARALLEL),
      cosine(parameters.distance() == KMeansParameters::DISTANCE_COSINE),
      batch_rows(parameters.batch_rows()),
      stability_resamples(std::max(0, Or(parameters.stability_resamples(), 20))) {
  lloyd.max_iterations = Or(parameters.max_iterations(), lloyd.max_iterations);
  if (parameters.min_relative_progress() != 0) lloyd.min_relative_progress = parameters.min_relative_progress();
  lloyd.unit_length = cosine;
}

}  // namespace clientele::training
