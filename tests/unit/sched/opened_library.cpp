#include "targets.hpp"

// What somebody else's plug-in may be: it knows nothing of controlled threads.
extern "C" void run_in_the_opened_library() {
  targets::missed_wake_up(false);
}
