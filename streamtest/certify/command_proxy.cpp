#include <streamtest/certify/command_line.hpp>
#include <streamtest/faults/address.hpp>
#include <streamtest/faults/script.hpp>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>

namespace streamtest {
namespace {

FaultScript script_in(const std::string& file) {
  std::ifstream input(file);
  if (!input) throw UsageError(fmt::format("--script {}: can't be read", file));
  try {
    return FaultScript::parse(std::string(std::istreambuf_iterator<char>(input), {}));
  } catch (const FaultScriptError& error) {
    throw UsageError(fmt::format("--script {}: {}", file, error.what()));
  }
}

/// Drops the line if nobody reads any more: faults come whoever looks on.
void say(const std::string& line) {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  if (::poll(&output, 1, 0) != 1 || (output.revents & POLLOUT) == 0) return;
  const std::string text = line + "\n";
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

int command_proxy(const ProxyRequest& request) {
  const std::optional<Address> server = address_in(request.server);
  if (!server)
    throw UsageError(fmt::format("'{}' is no HOST:PORT, such as 127.0.0.1:5432", request.server));
  std::optional<FaultScript> script;
  if (!request.script.empty()) script = script_in(request.script);
  // Before there is a thread that could take them.
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  try {
    FaultProxy proxy(server->host, server->port);
    say(fmt::format("{} forwards to {}", proxy.address(), request.server));
    std::optional<FaultPlayer> player;
    if (script) player.emplace(proxy, *std::move(script), request.seed, say);
    int signal = 0;
    sigwait(&ends, &signal);
    pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);  // a second one ends it at once
    player.reset();
    say(fmt::format("{} connections", proxy.connections()));
  } catch (const boost::system::system_error& error) {
    throw UsageError(fmt::format("{}: {}", request.server, error.code().message()));
  }
  return 0;
}

}  // namespace streamtest
