// The settings every program has: how it serves, what it calls, how it logs.
#pragma once

#include <string>

#include "common/audit/retention.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"

namespace clientele::rpc {

// server.address, server.metrics_address, server.tls_certificate_file, ...; the defaults are what `options` holds.
void AddServerOptions(config::Settings& settings, ServerOptions& options);

// `prefix`.address, `prefix`.tls, ...; sets options.name to `prefix`.
void AddChannelOptions(config::Settings& settings, std::string prefix, ChannelOptions& options);

// audit.retention and audit.signing_key_file.
void AddAuditOptions(config::Settings& settings, audit::RetentionOptions& options);

// log.format and log.level.
void AddLogOptions(config::Settings& settings, observability::LogOptions& options);

}  // namespace clientele::rpc
