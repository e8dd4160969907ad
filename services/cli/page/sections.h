// The sections of a training report, each of a file.
#pragma once

#include "services/cli/page/markup.h"
#include "services/cli/page/report.h"

namespace clientele::cli {

// Name, version, aliases, when, digest; the grade; what the gate decided and why.
Markup HeadingSection(const inference::v1::ModelVersion& version);
// What to know first: in short, its limits, what it looks at. Nothing where there is no card.
Markup CardSection(const model::v1::ModelCard& card);
// Beside the champion that it was measured against. Nothing where there was none.
Markup ComparisonSection(const model::v1::ChampionComparison& comparison);
// What it was trained on.
Markup DataSection(const inference::v1::ModelVersion& version);

// How good it is, by kind.
Markup ClassifierSection(const ModelReport& report);
Markup ValueSection(const ModelReport& report);
Markup ClustersSection(const ModelReport& report);
Markup ClassesSection(const ModelReport& report);
Markup RfmSection(const ModelReport& report);
Markup SurvivalSection(const ModelReport& report);

// Beside those: what customers are worth and whether they buy as expected; how the model was chosen among several.
Markup LifetimeValueSection(const ModelReport& report);
Markup SelectionSection(const ModelReport& report);

// What a linear model looks at: pictures and tables of its coefficients. Nothing where there are none.
Markup CoefficientsSection(const inference::v1::ModelVersion& version);

}  // namespace clientele::cli
