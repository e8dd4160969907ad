// The programs that are measured: started for real, and watched from outside.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/testing/program.h"

namespace clientele::benchmark {

class MeasuredProgram {
 public:
  // Starts `path` and waits until it serves. Aborts with what it said where it does not.
  MeasuredProgram(const std::string& path, const std::vector<std::string>& args);

  const std::string& address() const { return address_; }
  double CpuSeconds() const;  // Of all its threads since it started.
  double ResidentMegabytes() const;

 private:
  std::unique_ptr<testutil::Program> program_;
  std::string address_;
};

// bin/NAME beside this program.
std::string SiblingPath(const std::string& name);
// clientele-inference with its data in `directory`, its features from `ingestion`, and further flags.
std::unique_ptr<MeasuredProgram> StartInference(const std::string& directory,
                                                const std::string& ingestion = "127.0.0.1:1",
                                                std::vector<std::string> flags = {});
std::unique_ptr<MeasuredProgram> StartIngestion(const std::string& directory);

// Publishes the artifact's bytes as the model's next version, and points the champion at it.
absl::Status Publish(const std::string& address, const std::string& model_name, const std::string& bytes);
// Customers c0, c1, ... with a profile of the attributes f0 to f31.
absl::Status IngestCustomers(const std::string& address, int customers);

}  // namespace clientele::benchmark
