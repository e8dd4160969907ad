#include "common/observability/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

extern "C" int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size)
    __attribute__((weak));  // jemalloc's.

namespace clientele::observability {
namespace {

struct ProcessState {
  double resident_bytes = 0;
  double threads = 0;
  double start_seconds = 0;  // Since 1970.
};

double SecondsSinceBoot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// proc(5); zeros where the system tells nothing.
ProcessState ReadState() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');
  ProcessState state;
  if (name_end == std::string::npos) return state;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kFirst = 3, kThreads = 20, kStart = 22, kResidentPages = 24;  // Fields count from 1.
  std::string field;
  for (int number = kFirst; number <= kResidentPages && fields >> field; ++number) {
    const double value = std::strtod(field.c_str(), nullptr);
    if (number == kThreads) state.threads = value;
    if (number == kStart) {
      const double boot = static_cast<double>(std::time(nullptr)) - SecondsSinceBoot();
      state.start_seconds = boot + value / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
    if (number == kResidentPages) state.resident_bytes = value * static_cast<double>(sysconf(_SC_PAGESIZE));
  }
  return state;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenFiles() {
  std::error_code error;
  double files = -1;  // The one that reads the directory.
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) ++files;
  return files;
}

double HeapStatistic(const char* name) {
  size_t value = 0, size = sizeof(value);
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? static_cast<double>(value) : 0;
}

void AddHeapMetrics(Metrics& metrics) {
  if (mallctl == nullptr) return;
  auto& allocated = metrics.Gauge("process_heap_bytes", "Memory that is allocated.");
  auto& resident = metrics.Gauge("process_heap_resident_bytes", "Memory that the allocator has of the machine.");
  metrics.BeforeScrape([&allocated, &resident] {
    uint64_t epoch = 1;
    size_t size = sizeof(epoch);
    mallctl("epoch", &epoch, &size, &epoch, size);  // Statistics are of the last epoch.
    allocated.Set(HeapStatistic("stats.allocated"));
    resident.Set(HeapStatistic("stats.resident"));
  });
}

}  // namespace

void AddProcessMetrics(Metrics& metrics) {
  auto& resident = metrics.Gauge("process_resident_memory_bytes", "Resident memory.");
  auto& files = metrics.Gauge("process_open_fds", "Open file descriptors.");
  auto& threads = metrics.Gauge("process_threads", "Threads.");
  metrics.Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.").Set(ReadState().start_seconds);
  auto& cpu = metrics.Counter("process_cpu_seconds_total", "CPU time of the process, the system's for it too.");
  metrics.BeforeScrape([&resident, &files, &threads, &cpu] {
    const ProcessState state = ReadState();
    resident.Set(state.resident_bytes);
    threads.Set(state.threads);
    files.Set(OpenFiles());
    cpu.Increment(CpuSeconds() - cpu.Value());
  });
  AddHeapMetrics(metrics);
}

}  // namespace clientele::observability
