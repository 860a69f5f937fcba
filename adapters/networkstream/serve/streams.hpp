#ifndef NETWORKSTREAM_SERVE_STREAMS_HPP
#define NETWORKSTREAM_SERVE_STREAMS_HPP

#include <networkstream/control.hpp>
#include <networkstream/server.hpp>

#include <string>
#include <vector>

namespace serve {

/// What is to be served.
struct Request {
  std::string stream;  ///< memory: or sqlite:PATH
  bool control = false;
  std::string application;  ///< NAME=KEY
  std::vector<std::string> media_types;
};

/// Throws `std::runtime_error` if there is no such stream, before anything is made for it.
void check(const Request& request);

/// Makes streams as clients ask for them. Throws `std::runtime_error` if the request makes no sense
/// or the file can't be used.
networkstream::Control control(const Request& request);

/// Serves the application that the request names, if it does. Throws as control().
void offer(networkstream::Server& server, const Request& request);

}  // namespace serve

#endif
