#include "../unit/subject/little_stream.hpp"

#include <streamtest/certify/plugin.hpp>

// An implementer's own certification binary: this line, linked with streamtest::main.
STREAMTEST_PLUGIN("little", LittleHarness);
