#ifndef NETWORKSTREAM_CONTROLLER_HPP
#define NETWORKSTREAM_CONTROLLER_HPP

#include <eventstream/event.hpp>

#include <networkstream/control.hpp>
#include <networkstream/tls.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace networkstream {

/// A server didn't do what it was asked, or can't be reached; the text says which, and why.
class ControlFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Drives a server by the service `streamtest.control.v1.Control`: ours, or any other that offers
/// it. Each call waits for the answer, half a minute at most, and throws ControlFailed if there is
/// none or it is a refusal; forget() never throws it.
/// Thread-safety: every member from any thread.
class Controller {
 public:
  /// Connects with the first call.
  explicit Controller(const std::string& target, const std::optional<ClientTls>& tls = {});
  ~Controller();

  /// Replaces the application's stream by a fresh one, whose events have these media types; gives
  /// what the server says it is.
  std::string reset(const FreshStream& wanted, const std::vector<std::string>& media_types);
  /// Lets the server forget the application, if it does such a thing.
  void forget(const std::string& application_key);

  /// The offset of each event. All or none is written, but if the answer is lost.
  std::vector<eventstream::Offset> append(const std::string& application_key,
                                          std::span<const eventstream::Parcel> batch);
  /// The first offset that is left; nothing if the server can't truncate.
  std::optional<eventstream::Offset> truncate(const std::string& application_key,
                                              eventstream::Offset first_retained);

 private:
  class Inside;
  const std::unique_ptr<Inside> inside_;
};

}  // namespace networkstream

#endif
