// Reads the public data sets and the reference results, where they are present: see tests/testing/test_data.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/testing/test_data.h"

namespace clientele::testutil {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  int Column(absl::string_view name) const;  // -1: none.
  double Number(size_t row, int column) const;
};

// `path` below the folder of data sets; CSV with a header, plain or gzip. Nothing: it is not there.
std::optional<CsvTable> ReadPublicTable(const std::string& path);
std::optional<nlohmann::json> ReadReference();

}  // namespace clientele::testutil

// Skips the test where the data are absent.
#define CLIENTELE_PUBLIC_TABLE(name, path)                                                                       \
  const std::optional<::clientele::testutil::CsvTable> name##_table = ::clientele::testutil::ReadPublicTable(path); \
  if (!name##_table) GTEST_SKIP() << ::clientele::testutil::TestDataMissing(path);                               \
  const ::clientele::testutil::CsvTable& name = *name##_table

#define CLIENTELE_REFERENCE(name)                                                                   \
  const std::optional<nlohmann::json> name##_json = ::clientele::testutil::ReadReference();         \
  if (!name##_json) GTEST_SKIP() << ::clientele::testutil::TestDataMissing("reference.json");       \
  const nlohmann::json& name = *name##_json
