#include <streamtest/subject/witness.hpp>

#include <latch>
#include <mutex>
#include <thread>

namespace streamtest {

void Witness::together(std::vector<std::function<void()>> functions) const {
  std::mutex mutex;
  std::vector<std::exception_ptr> failures;
  std::latch begin(static_cast<std::ptrdiff_t>(functions.size()));
  {
    std::vector<std::jthread> threads;
    threads.reserve(functions.size());
    for (const std::function<void()>& function : functions) {
      threads.emplace_back([&] {
        begin.arrive_and_wait();
        try {
          function();
        } catch (...) {
          std::lock_guard lock(mutex);
          failures.push_back(std::current_exception());
        }
      });
    }
  }
  if (failures.empty()) return;
  if (failures.size() == 1) std::rethrow_exception(failures.front());
  std::string messages;
  for (const std::exception_ptr& failure : failures) {
    try {
      std::rethrow_exception(failure);
    } catch (const HarnessFailure&) {
      throw;
    } catch (const StreamLost&) {
      throw;
    } catch (const std::exception& error) {
      messages += std::string(messages.empty() ? "" : "\nand in another thread: ") + error.what();
    }
  }
  fail(messages);
}

}  // namespace streamtest
