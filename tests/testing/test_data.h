// Public data sets, where they are: CLIENTELE_TEST_DATA, or shared/data beside the checkout.
//
//   const std::optional<std::string> file = testutil::TestData("cdnow/cdnow_master_transactions.csv.gz");
//   if (!file) GTEST_SKIP() << testutil::TestDataMissing("cdnow/cdnow_master_transactions.csv.gz");
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele::testutil {

// The path of a file of the data sets, or nullopt where it is not there.
std::optional<std::string> TestData(absl::string_view name);
// What to say when skipping.
std::string TestDataMissing(absl::string_view name);

// The checkout (CLIENTELE_SOURCE_DIR, set by CTest; else the working directory or the nearest parent that is one).
std::string SourceDir();
// A program of the build: CLIENTELE_BIN_DIR/name, else the bin directory of the build that this test is part of.
std::string ProgramPath(absl::string_view name);

}  // namespace clientele::testutil
