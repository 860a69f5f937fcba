#ifndef NETWORKSTREAM_CHANNEL_HPP
#define NETWORKSTREAM_CHANNEL_HPP

#include <grpcpp/security/credentials.h>
#include <networkstream/tls.hpp>

#include <memory>
#include <optional>

// Internal to the library.

namespace networkstream {

std::shared_ptr<grpc::ChannelCredentials> client_credentials(const std::optional<ClientTls>& tls);

}  // namespace networkstream

#endif
