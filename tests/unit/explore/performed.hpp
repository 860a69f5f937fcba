#ifndef TESTS_UNIT_EXPLORE_PERFORMED_HPP
#define TESTS_UNIT_EXPLORE_PERFORMED_HPP

#include <streamtest/explore/performance.hpp>
#include <streamtest/schedule/search.hpp>

#include <memory>

namespace streamtest {

/// The program on a fresh stream of the factory's, which must outlive the test where the stream may
/// get stuck; so must the way.
inline std::shared_ptr<Performance> performed(
    const SubjectFactory& factory, const ConcurrentProgram& program, Way& way, Chooser& chooser,
    Way::End* how = nullptr, Delivery delivery = Delivery::blocking,
    std::chrono::nanoseconds patience = std::chrono::seconds(5)) {
  Checker checker(allowances_of(factory.capabilities));
  Scenario scenario;
  scenario.application = {"performed", "performed"};
  scenario.event_types = {eventstream::EventType("EventA"), eventstream::EventType("EventB"),
                          eventstream::EventType("EventC")};
  scenario.unique_name = "performed";
  const auto performance =
      std::make_shared<Performance>(Circumstances{.factory = &factory,
                                                  .scenario = std::move(scenario),
                                                  .delivery = delivery,
                                                  .patience = patience},
                                    program, way, checker);
  const Way::End end = way.run(chooser, [performance] { performance->run(); });
  performance->conclude(end);
  if (how) *how = end;
  return performance;
}

}  // namespace streamtest

#endif
