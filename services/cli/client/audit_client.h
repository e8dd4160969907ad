// What the command asks of a server's audit log. Every program has one.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/admin/v1/audit_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class AuditClient {
 public:
  static absl::StatusOr<std::unique_ptr<AuditClient>> Connect(const ServiceOptions& options);
  ~AuditClient();

  absl::StatusOr<admin::v1::ListAuditEntriesResponse> List(const admin::v1::ListAuditEntriesRequest& request);
  // Calls with each entry, oldest first.
  absl::Status Export(const admin::v1::ExportAuditEntriesRequest& request,
                      const std::function<void(const admin::v1::AuditEntry&)>& visit);

 private:
  struct Impl;
  explicit AuditClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
