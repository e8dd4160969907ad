#include "common/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::rpc {
namespace {

// New handshakes use renewed files after so long; connections that stand go on with the old ones.
constexpr unsigned int kLookForNewCertificatesSeconds = 1;

// "" for no path.
absl::StatusOr<std::string> ReadPem(absl::string_view option, const std::string& path) {
  if (path.empty()) return std::string();
  std::error_code ignored;
  std::ifstream file(std::filesystem::is_regular_file(path, ignored) ? path : std::string());
  std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || !absl::StrContains(pem, "-----BEGIN ")) {
    return InvalidField(option, absl::StrCat("\"", path, "\" is not a PEM file that can be read"));
  }
  return pem;
}

}  // namespace

bool IsLoopback(absl::string_view address) {
  return absl::StartsWith(address, "127.") || absl::StartsWith(address, "localhost:") ||
         absl::StartsWith(address, "[::1]:") || absl::StartsWith(address, "unix:");
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const ServerOptions& options) {
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return InvalidField("server.tls_certificate_file", "set it together with server.tls_key_file, or neither");
  }
  if (options.tls_certificate_file.empty()) {
    if (!options.tls_client_ca_file.empty()) {
      return InvalidField("server.tls_client_ca_file", "needs server.tls_certificate_file and server.tls_key_file");
    }
    if (!IsLoopback(options.address) && !options.allow_plaintext) {
      return InvalidField("server.address", absl::StrCat(options.address,
                                                         " can be reached from other machines without TLS; set "
                                                         "server.tls_certificate_file and server.tls_key_file, or "
                                                         "server.allow_plaintext where the network is trusted"));
    }
    return grpc::InsecureServerCredentials();
  }
  CLIENTELE_RETURN_IF_ERROR(ReadPem("server.tls_certificate_file", options.tls_certificate_file).status());
  CLIENTELE_RETURN_IF_ERROR(ReadPem("server.tls_key_file", options.tls_key_file).status());
  CLIENTELE_RETURN_IF_ERROR(ReadPem("server.tls_client_ca_file", options.tls_client_ca_file).status());
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto files = std::make_shared<FileWatcherCertificateProvider>(
      options.tls_key_file, options.tls_certificate_file, options.tls_client_ca_file, kLookForNewCertificatesSeconds);
  grpc::experimental::TlsServerCredentialsOptions tls(files);
  tls.watch_identity_key_cert_pairs();
  if (!options.tls_client_ca_file.empty()) {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const ChannelOptions& options) {
  const auto field = [&](absl::string_view name) { return absl::StrCat(options.name, ".", name); };
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return InvalidField(field("tls_certificate_file"),
                        absl::StrCat("set it together with ", field("tls_key_file"), ", or neither"));
  }
  if (!options.tls) {
    if (!options.tls_ca_file.empty() || !options.tls_certificate_file.empty()) {
      return InvalidField(field("tls"), "must be true where certificates are given");
    }
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  CLIENTELE_ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadPem(field("tls_ca_file"), options.tls_ca_file));
  CLIENTELE_ASSIGN_OR_RETURN(ssl.pem_private_key, ReadPem(field("tls_key_file"), options.tls_key_file));
  CLIENTELE_ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadPem(field("tls_certificate_file"), options.tls_certificate_file));
  return grpc::SslCredentials(ssl);
}

}  // namespace clientele::rpc
