#include "streams.hpp"

#include <CLI/CLI.hpp>
#include <networkstream/server.hpp>
#include <signal.h>

#include <cstdio>
#include <exception>
#include <string>

// `streamtest serve`: one of the project's own streams behind a network server, for whoever wants
// to try a client, or to certify the server.

int main(int argument_count, char** arguments) {
  CLI::App program("Serve a stream by gRPC", "streamtest serve");
  program.footer(
      "Examples:\n"
      "  streamtest serve memory: --control                     for a suite; then, elsewhere:\n"
      "  streamtest certify grpc://127.0.0.1:PORT\n"
      "  streamtest serve sqlite:events.db --application shop=4f1c… --listen 127.0.0.1:5000\n\n"
      "Prints the address it listens on, and ends by SIGINT or SIGTERM.");
  serve::Request request;
  std::string listen = "127.0.0.1:0";
  program.add_option("stream", request.stream, "memory: or sqlite:PATH")->required();
  program.add_option("--listen", listen, "Where to listen; port 0 takes a free one")
      ->capture_default_str();
  program.add_flag("--control", request.control,
                   "Whoever reaches the address may replace, append to and truncate the streams");
  program.add_option("--application", request.application,
                     "Whose stream of the file is served, as NAME=KEY");
  program.add_option("--media-type", request.media_types,
                     "One in which the file's events are stored (repeatable)");
  try {
    program.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;  // --help ends here as well
  }

  // Before there is a thread that could take them.
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    serve::check(request);
    networkstream::ServerOptions options{.address = listen};
    if (request.control) options.control = serve::control(request);
    networkstream::Server server(std::move(options));
    serve::offer(server, request);
    std::printf("listening on %s\n", server.address().c_str());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ends, &signal);
    pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);  // a second one ends it at once
    server.stop();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "streamtest serve: %s\n", error.what());
    return 2;
  }
  return 0;
}
