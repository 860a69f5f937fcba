#include <networkstream/channel.hpp>

namespace networkstream {

std::shared_ptr<grpc::ChannelCredentials> client_credentials(const std::optional<ClientTls>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls->server_roots;
  options.pem_cert_chain = tls->certificate_chain;
  options.pem_private_key = tls->private_key;
  return grpc::SslCredentials(options);
}

}  // namespace networkstream
