#include <memorystream/stream.hpp>
#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/exploration.hpp>
#include <streamtest/rules/catalogue.hpp>
#include <streamtest/subject/harness.hpp>
#include <streamtest/subject/runtime.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

namespace my {

/// What the guide's reader has: a stream that appends on a strand, some time later.
class Stream {
 public:
  Stream(eventstream::Identity application, eventstream::EventTypeSet types,
         boost::asio::any_io_executor strand, streamtest::Timer timer)
      : memory_({.application = std::move(application), .event_types = std::move(types)}),
        strand_(std::move(strand)),
        timer_(std::move(timer)) {}

  eventstream::Identity application() const { return memory_.application(); }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token = {}) const {
    return memory_.event_types(std::move(token));
  }
  eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                const eventstream::EventTypeSet& filter,
                                                std::stop_token token = {}) {
    return memory_.open(offset, filter, std::move(token));
  }

  void append(std::vector<eventstream::Parcel> batch,
              std::function<void(eventstream::Result<streamtest::Offsets>)> done) {
    boost::asio::post(strand_, [this, batch = std::move(batch), done = std::move(done)]() mutable {
      timer_.expires_after(std::chrono::milliseconds(1));
      // One that comes later ends the wait of the one before.
      timer_.async_wait(boost::asio::bind_executor(
          strand_,
          [this, batch = std::move(batch), done = std::move(done)](boost::system::error_code) {
            done(streamtest::consecutive(memory_.append(batch), batch.size()));
          }));
    });
  }

 private:
  memorystream::Stream memory_;
  boost::asio::any_io_executor strand_;
  streamtest::Timer timer_;
};

}  // namespace my

#include <exploration_guide.hpp>

namespace streamtest {
namespace {

TEST(ExplorationGuide, ItsExampleIsSimulated) {
  const SubjectFactory factory = make_factory<MyHarness>("guide");
  Runner runner(factory, {.budget = std::chrono::seconds(3)}, {"memory:", "default", "", ""});
  const Finding finding =
      runner.run(*find_rule("ORD-5"), Case{"ORD-5", "explored_schedules", run_exploration},
                 Delivery::asynchronous);
  EXPECT_EQ(finding.result.verdict, Verdict::pass) << finding.result.message;
  EXPECT_TRUE(finding.explored.weaker_because.empty()) << *finding.explored.weaker_because.begin();
  EXPECT_TRUE(finding.explored.ways.contains("simulated handlers"));
}

}  // namespace
}  // namespace streamtest
