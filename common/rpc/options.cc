#include "common/rpc/options.h"

#include <utility>

namespace clientele::rpc {

void AddServerOptions(config::Settings& settings, ServerOptions& options) {
  settings.Add("server.address", &options.address, "Where it serves: host:port; port 0 is any free one.");
  settings.Add("server.metrics_address", &options.metrics_address,
               "Where Prometheus scrapes /metrics; empty: nowhere.");
  settings.Add("server.tls_certificate_file", &options.tls_certificate_file,
               "PEM certificate chain; with the key: TLS.");
  settings.Add("server.tls_key_file", &options.tls_key_file, "PEM private key.");
  settings.Add("server.tls_client_ca_file", &options.tls_client_ca_file,
               "PEM certificates of who signs callers, who then must show a certificate.");
  settings.Add("server.allow_plaintext", &options.allow_plaintext, "Serve without TLS beyond loopback.");
  settings.Add("server.probe_address", &options.probe_address,
               "Where health alone is told, in plaintext and to anybody, for probes that know no TLS: host:port; empty: "
               "nowhere.");
  settings.Add("server.allow_anonymous", &options.allow_anonymous,
               "Serve callers who show no credential beyond loopback.");
  settings.Add("auth.key_set_file", &options.auth.key_set_file,
               "JSON Web Key Set or PEM public keys: callers must show a token signed by one of them.");
  settings.Add("auth.api_keys_file", &options.auth.api_keys_file,
               "API keys, as `clientele keys` writes them: callers must show one of them.");
  settings.Add("auth.tenants_file", &options.auth.tenants_file,
               "The tenants there are, as `clientele tenants` writes them; others, and those that are suspended, are "
               "refused. Empty: every tenant of a valid credential is served.");
  settings.Add("auth.issuer", &options.auth.tokens.issuer,
               "Who tokens must be issued by; empty: anybody who can sign.");
  settings.Add("auth.audience", &options.auth.tokens.audience, "Who tokens must be for; empty: anybody.");
  settings.Add("auth.clock_skew", &options.auth.tokens.clock_skew, "By how much a token's clock may differ.");
  settings.Add("auth.tenant_claim", &options.auth.tokens.tenant_claim, "The claim that holds the tenant, or *.");
  settings.Add("auth.roles_claim", &options.auth.tokens.roles_claim, "The claim that holds the names of roles.");
  settings.Add(
      "quota.file", &options.quota.file,
      "What each tenant may use, as `clientele quotas` prints it: {\"tenant_quotas\": [...]}; empty: no limits.");
  settings.Add("usage.directory", &options.quota.usage_directory,
               "Where what tenants use is kept by day. Default: usage in the data directory.");
  settings.Add("usage.period", &options.quota.usage_period,
               "How often it is written: a crash loses at most what was used since.");
  settings.Add("admin.address", &options.admin_address,
               "Where keys, quotas and usage are administered: host:port; empty: nowhere.");
  settings.Add("server.max_receive_message_bytes", &options.max_receive_message_bytes, "Largest request.");
  settings.Add("server.max_send_message_bytes", &options.max_send_message_bytes, "Largest response.");
  settings.Add("server.max_header_bytes", &options.max_header_bytes,
               "Largest metadata of a call, its credential among it.");
  settings.Add("server.max_connection_streams", &options.max_connection_streams,
               "Calls open on one connection at once.");
  settings.Add("server.handshake_timeout", &options.handshake_timeout,
               "A connection that has not begun to speak by then is closed.");
  settings.Add(
      "server.polling_threads", &options.polling_threads,
      "Threads that wait for the wire and run what takes microseconds: fewer cost less a call, and others join "
      "in where callers would wait. 0: as gRPC has it, half of the processors and at least two.");
  settings.Add("server.reflection", &options.reflection,
               "Describe the services to anybody, where callers need not show who they are; costs a little of each "
               "call.");
  settings.Add("server.require_deadline", &options.require_deadline, "Refuse unary calls without a deadline.");
  settings.Add("server.max_unary_duration", &options.max_unary_duration, "No unary call gets more time.");
  settings.Add("server.drain_delay", &options.drain_delay,
               "On SIGTERM: how long health says NOT_SERVING before new calls are refused.");
  settings.Add("server.drain_timeout", &options.drain_timeout,
               "On SIGTERM: how long calls in flight may take to finish.");
  settings.Add("server.keepalive_interval", &options.keepalive_interval, "How often a silent client is pinged.");
  settings.Add("server.keepalive_timeout", &options.keepalive_timeout, "Without an answer the connection is closed.");
  settings.Add("server.min_ping_interval", &options.min_ping_interval, "Clients that ping more often are cut off.");
  settings.Add("server.max_connection_age", &options.max_connection_age,
               "After it clients connect anew, and spread over replicas; 0: never.");
}

void AddChannelOptions(config::Settings& settings, std::string prefix, ChannelOptions& options) {
  const auto key = [&](const char* name) { return prefix + "." + name; };
  settings.Add(key("address"), &options.address, "Where " + prefix + " serves: host:port.");
  settings.Add(key("tls"), &options.tls, "Call " + prefix + " with TLS.");
  settings.Add(key("tls_ca_file"), &options.tls_ca_file,
               "PEM certificates of who signs " + prefix + "; empty: the system's.");
  settings.Add(key("tls_certificate_file"), &options.tls_certificate_file,
               "PEM certificate to show to " + prefix + ".");
  settings.Add(key("tls_key_file"), &options.tls_key_file, "PEM private key of that certificate.");
  settings.Add(key("token_file"), &options.token_file,
               "A token or API key to show to " + prefix + "; read again when it changes.");
  settings.Add(key("tls_server_name"), &options.tls_server_name,
               "The name in the certificate of " + prefix + ", where it is not its host.");
  options.name = std::move(prefix);
}

void AddAuditOptions(config::Settings& settings, audit::RetentionOptions& options) {
  settings.Add("audit.retention", &options.keep,
               "How long entries of the audit log are kept, and a day at most beyond it; 0: for ever. What is older is "
               "cut off behind a signed checkpoint, so that `clientele audit verify` still proves that the rest is "
               "whole.");
  settings.Add("audit.signing_key_file", &options.signing_key_file,
               "PEM Ed25519 key that signs those checkpoints; made where it is absent. Best where only the server "
               "reads: who has it can cut unseen. Default: audit_key.pem in the data directory.");
}

void AddLogOptions(config::Settings& settings, observability::LogOptions& options) {
  settings.Add("log.format", &options.format, "text or json, one line an event, on standard error.");
  settings.Add("log.level", &options.level, "debug, info, warn, error or off; debug has a line for every call.");
}

}  // namespace clientele::rpc
