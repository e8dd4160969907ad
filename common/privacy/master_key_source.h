// Where a program has the platform's master keys from: a file, which it reads again when it is told to, or an
// environment variable, which is taken once and for all.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/privacy/master_keys.h"

namespace clientele::privacy {

class MasterKeySource {
 public:
  static MasterKeySource OfFile(std::string path) { return MasterKeySource(std::move(path), std::nullopt); }
  // Takes the keys out of the environment: programs that this one starts, and who looks at its environment in /proc,
  // find none. To be called before there is another thread. FAILED_PRECONDITION: it is not set, or a line of it is no
  // key. Never tells what is in it.
  static absl::StatusOr<MasterKeySource> TakeVariable(const std::string& name);

  // The file; empty: it is a variable, and the keys stay as they are until the next start.
  const std::string& file() const { return file_; }
  // As MasterKeys::Read.
  absl::StatusOr<MasterKeys> Read() const;

 private:
  MasterKeySource(std::string file, std::optional<MasterKeys> taken)
      : file_(std::move(file)), taken_(std::move(taken)) {}

  std::string file_;
  std::optional<MasterKeys> taken_;  // None: they are in the file.
};

}  // namespace clientele::privacy
