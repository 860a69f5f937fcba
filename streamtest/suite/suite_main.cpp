#include <streamtest/suite/suite.hpp>

int main(int argument_count, char** arguments) {
  return streamtest::suite::run(argument_count, arguments);
}
