#include "services/training/jobs/tenant_memory.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;

TEST(TenantMemoryTest, IsASizeOrAPartOfAll) {
  EXPECT_EQ(*ParseTenantMemory("", 1000), 0);
  EXPECT_EQ(*ParseTenantMemory("0", 1000), 0);
  EXPECT_EQ(*ParseTenantMemory("2KiB", 1000), 2048);
  EXPECT_EQ(*ParseTenantMemory("2KiB", 0), 2048);
  EXPECT_EQ(*ParseTenantMemory("50%", 1000), 500);
  EXPECT_EQ(*ParseTenantMemory(" 12.5 %", 1000), 125);
  EXPECT_EQ(*ParseTenantMemory("100%", 1000), 1000);
  EXPECT_EQ(*ParseTenantMemory("1%", 10), 1);  // Not 0, which would be no bound.
}

TEST(TenantMemoryTest, WhatIsNeitherIsRefusedByName) {
  for (const char* text : {"half", "%", "0%", "-1%", "100.5%", "nan%", "50%%", "3 furlongs"}) {
    const auto bytes = ParseTenantMemory(text, 1000);
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(bytes.status().message()), HasSubstr("worker.memory_per_tenant")) << text;
  }
  EXPECT_THAT(std::string(ParseTenantMemory("50%", 0).status().message()), HasSubstr("worker.memory, which is 0"));
}

}  // namespace
}  // namespace clientele::training
