// Who moved between the champion's segments and a new version's, for people.
#pragma once

#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

// Those that stayed in one line, then the largest moves. Nothing where there is no migration.
void ShowMigration(const model::v1::SegmentMigration& migration, Console& console);

}  // namespace clientele::cli
