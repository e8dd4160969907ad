// A new model beside the champion, for people.
#pragma once

#include <string>

#include "clientele/model/v1/comparison.pb.h"
#include "services/cli/output/console.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// The metrics of both on the same rows, and which is better beyond chance.
Table ComparisonTable(const model::v1::ChampionComparison& comparison);
// The features whose training data moved furthest: at most ten.
Table DataDriftTable(const model::v1::ChampionComparison& comparison);
// What the metrics are of, and what to keep in mind, in a sentence or two.
std::string ComparisonNote(const model::v1::ChampionComparison& comparison);
// How many customers stand elsewhere, and what those are worth. Empty: it is not known.
std::string MovementLine(const model::v1::ChampionComparison& comparison);

// All of it. Nothing where there was no champion to compare with.
void ShowComparison(const model::v1::ChampionComparison& comparison, Console& console);

}  // namespace clientele::cli
