#ifndef NETWORKSTREAM_TLS_HPP
#define NETWORKSTREAM_TLS_HPP

#include <string>

namespace networkstream {

/// Texts in PEM.
struct ServerTls {
  std::string certificate_chain;
  std::string private_key;
  /// Who may sign clients' certificates; empty: clients need none.
  std::string client_roots = {};
};

/// Texts in PEM.
struct ClientTls {
  /// Who may sign the server's certificate; empty: whom the system trusts.
  std::string server_roots = {};
  /// Of this client, if the server wants to see one.
  std::string certificate_chain = {};
  std::string private_key = {};
};

}  // namespace networkstream

#endif
