// Configuration files: settings, or an error that says where.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/config/settings.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  const int descriptor = ::memfd_create("settings", MFD_CLOEXEC);
  fuzz::Require(::write(descriptor, data, size) == static_cast<ssize_t>(size), "a file in memory");
  std::string address, directory;
  int64_t threads = 1;
  double share = 1;
  bool tls = false;
  absl::Duration timeout;
  config::Settings settings("a program", "For the fuzzer.");
  settings.Add("server.address", &address, "");
  settings.Add("data.directory", &directory, "");
  settings.Add("calls.threads", &threads, "");
  settings.Add("monitoring.share", &share, "");
  settings.Add("server.tls", &tls, "");
  settings.Add("server.drain_timeout", &timeout, "");
  const std::string path = absl::StrCat("/proc/self/fd/", descriptor);
  const char* const arguments[] = {"a program", "--config", path.c_str()};
  const auto outcome = settings.Parse(3, arguments);
  fuzz::Require(outcome.ok() || !outcome.status().message().empty(), "an error says what is wrong");
  ::close(descriptor);
  return 0;
}
