#include <streamtest/subject/worker.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

WorkerTask task() {
  WorkerTask task;
  task.scenario.application = {"crash", "crash-key"};
  task.scenario.event_types = {eventstream::EventType("A"), eventstream::EventType("B"),
                               eventstream::EventType("C")};
  task.scenario.unique_name = "st-1-2";
  task.seed = 5;
  task.longest = 1000;
  return task;
}

TEST(PlannedBatch, IsTheSameEachTimeAndAnotherForEachNumber) {
  const SubjectFactory factory;
  for (std::uint64_t number = 0; number < 50; ++number) {
    const auto batch = planned_batch(factory, task(), number);
    const auto again = planned_batch(factory, task(), number);
    ASSERT_EQ(batch.size(), again.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(*batch[i], *again[i]);
      EXPECT_EQ(planned_name(task().scenario, batch[i]->data),
                std::to_string(number) + "-" + std::to_string(i));
      EXPECT_LE(batch[i]->data.size(), 1000U);
    }
  }
}

TEST(PlannedBatch, KeepsToTheLimitOfABatch) {
  SubjectFactory factory;
  factory.capabilities.max_batch_events = 2;
  for (std::uint64_t number = 0; number < 50; ++number)
    EXPECT_LE(planned_batch(factory, task(), number).size(), 2U);
}

TEST(PlannedBatch, WhatIsNotOfThePlanHasNoName) {
  const Scenario scenario = task().scenario;
  for (const char* token : {"", "st-1-2", "st-1-2/3", "st-1-2/3-1", "st-1-3/0-0-", "0-0-"})
    EXPECT_EQ(planned_name(scenario, token), "") << token;
}

}  // namespace
}  // namespace streamtest
