#include <streamtest/certify/command_line.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace streamtest {

int command_serve(const std::vector<std::string>& arguments) {
  std::string program = find_installed("serve");
  if (program.empty())
    throw UsageError(
        "serve: the program lib/streamtest/serve isn't beside this one; it is installed with the "
        "component 'serve'");
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  throw UsageError(fmt::format("serve: {} can't be run: {}", program, std::strerror(errno)));
}

}  // namespace streamtest
