#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

/// A thread of the stream notifies some of the waiters now and then, though nothing has happened.
class SpuriousStream : public mutants::Stream {
 public:
  SpuriousStream(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
      : Stream(std::move(backend), scenario), noise_([log = log()](const std::stop_token& token) {
          while (!token.stop_requested()) {
            for (const Waker& waker : log->waiting())
              if (below(2) == 0) waker.notify();
            std::this_thread::sleep_for(std::chrono::microseconds(below(1000)));
          }
        }) {}

 private:
  std::jthread noise_;
};

}  // namespace

streamtest::SubjectFactory spurious(const std::string& name) {
  return streamtest::make_factory<Harness<SpuriousStream>>(name);
}

}  // namespace odd
