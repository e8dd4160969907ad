// How much data a model needs to be of use: the rules that CRM products publish, as data.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "services/training/spec.h"

namespace clientele::training {

// Below `must` it is not trained; below `should` it is, with a warning. 0: no such rule.
struct Bounds {
  int64_t must = 0;
  int64_t should = 0;
};

struct MinimumData {
  Task task;
  Bounds rows = {};
  Bounds rows_of_each_class = {};  // Classifiers: with the label, and without.
  int64_t buyers = 0;              // Regressions: rows with a value above 0, should.
  double history_horizons = 0;     // Length of the longest history over the label's window, should.
  double repeat_share = 0;         // Share of customers with two purchases or more, should.
};

inline constexpr MinimumData kMinimumData[] = {
    // Tiers of fewer than 100 contacts say little (HubSpot).
    {.task = Task::kCluster, .rows = {2, 100}},
    // 500 profiles, history of twice the window, two transactions for half of them (Dynamics 365, churn); 100 who do it
    // and 100 who do not (Segment).
    {.task = Task::kClassify, .rows = {10, 500}, .rows_of_each_class = {2, 100}, .history_horizons = 2, .repeat_share = 0.5},
    {.task = Task::kClassifyMany, .rows = {10, 500}, .rows_of_each_class = {2, 100}},
    // 1,000 profiles, two to three transactions each, a year of history for a year's forecast (Dynamics 365, lifetime
    // value); 100 buyers (Segment).
    {.task = Task::kRegress, .rows = {10, 1000}, .buyers = 100, .history_horizons = 1, .repeat_share = 0.5},
    {.task = Task::kSelectValue, .rows = {10, 1000}, .buyers = 100, .history_horizons = 2, .repeat_share = 0.5},
    // A fit needs repeat purchases rather than labels.
    {.task = Task::kLifetimeValue, .rows = {10, 1000}, .history_horizons = 1, .repeat_share = 0.2},
    {.task = Task::kSurvive, .rows = {10, 500}},
    {.task = Task::kScoreRfm, .rows = {5, 100}},
};

inline constexpr double kMostMissingShare = 0.2;     // Dynamics 365: below 20 % missing.
inline constexpr double kRowsPerFeature = 10;        // The usual rule of thumb for regressions.
inline constexpr double kSuspiciousAuc = 0.995;      // Of one feature alone: it knows the label.
inline constexpr double kExtremeValue = 1e12;
inline constexpr size_t kManyCategories = 100;

const MinimumData& MinimumDataOf(Task task);

}  // namespace clientele::training
