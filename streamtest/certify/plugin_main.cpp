#include <streamtest/certify/command_line.hpp>

// The main of an implementer's own certification binary: it certifies the harness that
// STREAMTEST_PLUGIN names in one of the program's sources.
extern "C" const streamtest::Plugin* streamtest_plugin();

int main(int argument_count, char** arguments) {
  const auto self = [](const std::string& rest) { return streamtest_plugin()->make(rest); };
  return streamtest::run_command_line(argument_count, arguments, {{"self", self}}, "self:");
}
