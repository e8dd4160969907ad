// Hand-made reports of every kind, full enough that every picture has something to show.
#pragma once

#include "services/cli/page/report.h"

namespace clientele::testutil {

cli::ModelReport ChurnReport();
cli::ModelReport ValueReport();
cli::ModelReport SegmentsReport();
cli::ModelReport ClassesReport();
cli::ModelReport LifetimeValueReport();
cli::ModelReport SurvivalReport();
cli::ModelReport RfmReport();

}  // namespace clientele::testutil
