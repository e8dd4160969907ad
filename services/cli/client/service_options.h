// Where a service answers, and how it is called. No gRPC here: commands include this.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace clientele::cli {

struct ServiceOptions {
  std::string name;     // "ingestion"
  std::string address;  // host:port
  bool tls = false;
  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_server_name;
  std::string token_file;
  absl::Duration timeout = absl::Seconds(30);  // Of a call that answers once.
};

}  // namespace clientele::cli
