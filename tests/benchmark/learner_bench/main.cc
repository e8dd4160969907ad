// One learner on one job's data, timed as a whole: what is paired with other libraries on the same bytes.
//
//   learner_bench --data DIR --job logit --threads 2
//   learner_bench --limits --threads 2
//
// Prints one line of JSON: fit_s and fit_cpu_s (reading excluded), objective, iterations, grad_norm, peak_rss_mb; or, with
// --limits, what the machine could do at best.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/benchmark/learner_bench/jobs.h"
#include "tests/benchmark/learner_bench/limits.h"

namespace {

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int64_t PeakMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

int PrintLimits(int threads) {
  const clientele::benchmark::Limits limits = clientele::benchmark::MeasureLimits(threads);
  const nlohmann::json line = {{"threads", threads},
                               {"bytes_per_second", limits.bytes_per_second},
                               {"flops_per_second", limits.flops_per_second}};
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times one learner on one benchmark job.");
  std::string data, job;
  int threads = 1;
  bool limits = false;
  app.add_option("--data", data, "The folder with the job's arrays");
  app.add_option("--job", job, "kmeans_a, kmeans_b, logit, logit_sparse, ridge, gamma, tweedie, bgnbd_small, bgnbd_big, pareto_nbd, gg_small, gg_big or cox");
  app.add_flag("--limits", limits, "Measure the machine instead: memory bandwidth and multiply-adds");
  app.add_option("--threads", threads, "How many cores it may use")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);

  if (limits) return PrintLimits(threads);
  auto prepared = clientele::benchmark::PrepareJob(data, job);
  if (!prepared.ok()) {
    std::fprintf(stderr, "learner_bench: %s\n", std::string(prepared.status().message()).c_str());
    return 1;
  }
  const double wall = WallSeconds(), cpu = CpuSeconds();
  const auto outcome = prepared->fit(threads);
  const double fit_s = WallSeconds() - wall, fit_cpu_s = CpuSeconds() - cpu;
  if (!outcome.ok()) {
    std::fprintf(stderr, "learner_bench: %s\n", std::string(outcome.status().message()).c_str());
    return 1;
  }
  const nlohmann::json line = {{"job", job},
                               {"threads", threads},
                               {"fit_s", fit_s},
                               {"fit_cpu_s", fit_cpu_s},
                               {"objective", outcome->objective},
                               {"iterations", outcome->iterations},
                               {"grad_norm", outcome->gradient_norm},
                               {"peak_rss_mb", PeakMegabytes()}};
  std::printf("%s\n", line.dump().c_str());
}
