// Entries of audit logs, for people.
#pragma once

#include <string>
#include <vector>

#include "clientele/admin/v1/audit_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// One row an entry: when, where, who, what, on what, and what came of it.
Table AuditTable(const std::vector<admin::v1::AuditEntry>& entries);

// "ingestion" of an entry of clientele-ingestion.
std::string ServiceOf(const admin::v1::AuditEntry& entry);

}  // namespace clientele::cli
