// The settings of a program: one YAML file (--config FILE), and a flag for each setting; flags win over the file, the file
// over the defaults. The environment is not read.
//
//   config::Settings settings("clientele-ingestion", "Takes customer records in.");
//   std::string data_dir = ".clientele/ingestion";
//   settings.Add("data_dir", &data_dir, "Directory of the records.");
//   CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
//   if (outcome == config::Outcome::kExit) return 0;
//
// The key `server.drain_timeout` is the flag --server-drain-timeout, and in YAML:   server:
//                                                                                     drain_timeout: 30s
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::config {

enum class Outcome {
  kRun,   // Every setting is set.
  kExit,  // --help or --version was asked for, and is printed.
};

// For one thread.
class Settings {
 public:
  Settings(std::string program, std::string description);

  // A setting: `*value` holds the default, and after Parse what was asked for. `value` must outlive Parse. Keys are
  // [a-z0-9_.]. Durations read as 250ms, 30s, 5m, 1h30m; booleans as true or false, a flag alone is true.
  void Add(std::string key, std::string* value, std::string help);
  void Add(std::string key, int64_t* value, std::string help);
  void Add(std::string key, double* value, std::string help);
  void Add(std::string key, bool* value, std::string help);
  void Add(std::string key, absl::Duration* value, std::string help);

  // Reads the command line and the file it names. INVALID_ARGUMENT: an unknown flag or key (the message names near ones), or a
  // value of another type. NOT_FOUND: no such file.
  absl::StatusOr<Outcome> Parse(int argc, const char* const* argv);

 private:
  using Value = std::variant<std::string*, int64_t*, double*, bool*, absl::Duration*>;
  struct Setting {
    std::string key;
    Value value;
    std::string help;
  };

  static absl::Status Assign(const Setting& setting, absl::string_view where, const std::string& text);
  absl::Status ReadFile(const std::string& path);

  std::string program_;
  std::string description_;
  std::vector<Setting> settings_;
};

}  // namespace clientele::config
