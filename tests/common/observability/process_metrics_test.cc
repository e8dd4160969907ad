#include "common/observability/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

namespace clientele::observability {
namespace {

double ValueOf(const std::string& name, const Metrics& metrics) {
  const std::string text = "\n" + metrics.Text(), line = "\n" + name + " ";
  const size_t at = text.find(line);
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + line.size(), nullptr);
}

TEST(ProcessMetricsTest, TellWhatTheProcessTakes) {
  Metrics metrics;
  AddProcessMetrics(metrics);
  EXPECT_GT(ValueOf("process_resident_memory_bytes", metrics), 1 << 20);
  EXPECT_LT(ValueOf("process_resident_memory_bytes", metrics), 16e9);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(ValueOf("process_start_time_seconds", metrics), now - 3600);
  EXPECT_LE(ValueOf("process_start_time_seconds", metrics), now + 2);

  const double files = ValueOf("process_open_fds", metrics);
  const int file = open("/dev/null", O_RDONLY);
  EXPECT_EQ(ValueOf("process_open_fds", metrics), files + 1);
  close(file);
  EXPECT_EQ(ValueOf("process_open_fds", metrics), files);

  std::thread([] {}).join();  // A sanitizer starts one of its own with the first.
  const double threads = ValueOf("process_threads", metrics);
  std::thread([&] { EXPECT_EQ(ValueOf("process_threads", metrics), threads + 1); }).join();
}

TEST(ProcessMetricsTest, CpuTimeOnlyGrows) {
  Metrics metrics;
  AddProcessMetrics(metrics);
  const double before = ValueOf("process_cpu_seconds_total", metrics);
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 20;
  while (std::clock() < end) {
  }
  EXPECT_GE(ValueOf("process_cpu_seconds_total", metrics), before + 0.04);
}

}  // namespace
}  // namespace clientele::observability
