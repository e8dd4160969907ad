#include "services/training/peer_options.h"

namespace clientele::training {

v1::Peer ToPeer(const rpc::ChannelOptions& options) {
  v1::Peer peer;
  peer.set_name(options.name);
  peer.set_address(options.address);
  peer.set_tls(options.tls);
  peer.set_tls_ca_file(options.tls_ca_file);
  peer.set_tls_certificate_file(options.tls_certificate_file);
  peer.set_tls_key_file(options.tls_key_file);
  peer.set_tls_server_name(options.tls_server_name);
  peer.set_token_file(options.token_file);
  peer.set_max_receive_message_bytes(options.max_receive_message_bytes);
  peer.set_max_send_message_bytes(options.max_send_message_bytes);
  return peer;
}

rpc::ChannelOptions FromPeer(const v1::Peer& peer) {
  rpc::ChannelOptions options;
  options.name = peer.name();
  options.address = peer.address();
  options.tls = peer.tls();
  options.tls_ca_file = peer.tls_ca_file();
  options.tls_certificate_file = peer.tls_certificate_file();
  options.tls_key_file = peer.tls_key_file();
  options.tls_server_name = peer.tls_server_name();
  options.token_file = peer.token_file();
  options.max_receive_message_bytes = peer.max_receive_message_bytes();
  options.max_send_message_bytes = peer.max_send_message_bytes();
  return options;
}

}  // namespace clientele::training
