#include "services/ingestion/keys/key_binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

TEST(KeyBindingTest, ADirectoryWithoutItsKeysIsRefusedUntilTheyAreBackOrGivenUp) {
  const testutil::TempDir directory;
  const std::string data = directory.path();
  ASSERT_OK(CheckKeysAreThere(data)) << "a new one";
  std::filesystem::create_directory(KeyDirectory(data));
  ASSERT_OK(BindKeys(data, 7));
  ASSERT_OK(CheckKeysAreThere(data));
  ASSERT_OK(BindKeys(data, 7));

  std::filesystem::remove_all(KeyDirectory(data));
  EXPECT_THAT(CheckKeysAreThere(data),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("clientele-ingestion-keys/newest")));
  EXPECT_THAT(BindKeys(data, 8),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("the store 0000000000000007")));
  std::filesystem::remove(data + "/" + kKeyStoreIdFile);
  ASSERT_OK(CheckKeysAreThere(data));
  ASSERT_OK(BindKeys(data, 8));
}

}  // namespace
}  // namespace clientele::ingestion
