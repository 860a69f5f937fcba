#include "sample.hpp"

#include <gtest/gtest.h>
#include <networkstream/controller.hpp>
#include <networkstream/stream.hpp>

#include <stdexcept>

namespace networkstream {
namespace {

using eventstream::Errc;
using eventstream::EventType;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

Writable writable(const FreshStream& wanted) {
  if (wanted.event_types.size() > 2) throw std::invalid_argument("two types are enough");
  const auto stream = std::make_shared<memorystream::Stream>(
      memorystream::Options{.application = wanted.application,
                            .event_types = wanted.event_types,
                            .first_offset = wanted.first_offset});
  return {.stream = stream,
          .append = [stream](std::span<const Parcel> batch) -> Result<std::vector<Offset>> {
            const Result<Offset> first = stream->append(batch);
            if (!first) return first.error();
            return std::vector<Offset>(batch.size(), *first);
          },
          .truncate = wanted.application.name() == "whole"
                          ? nullptr
                          : std::function([stream](Offset first) -> Result<Offset> {
                              return stream->truncate(first);
                            })};
}

class ControlTest : public testing::Test {
 protected:
  static FreshStream wanted(const std::string& name = "shop") {
    return {.application = {name, sample::application.key()}, .event_types = {EventType("A")}};
  }
  template <typename Call>
  static std::string failure(Call call) {
    try {
      call();
    } catch (const ControlFailed& why) {
      return why.what();
    }
    return "none";
  }

  Server server_{{.control = Control{"a test's", writable}}};
  Controller controller_{server_.address()};
  Stream stream_{{.target = server_.address(),
                  .application = sample::application,
                  .media_types = [](const EventType&) { return std::vector{sample::json}; }}};
};

TEST_F(ControlTest, AStreamIsMadeWrittenAndTruncatedFromOutside) {
  EXPECT_EQ(controller_.reset(wanted(), {sample::json}), "a test's");
  const std::vector<Parcel> batch{Parcel(sample::envelope("A", "0")),
                                  Parcel(sample::envelope("A", "1"))};
  EXPECT_EQ(controller_.append(sample::application.key(), batch).size(), 2U);
  auto cursor = stream_.open(0, {EventType("A")}).value();
  EXPECT_EQ(*cursor.next().value().parcel, sample::envelope("A", "0"));
  EXPECT_EQ(controller_.truncate(sample::application.key(), 1), 1U);
  EXPECT_EQ(stream_.open(0, {EventType("A")}).value().next().error(), Errc::truncated);
}

TEST_F(ControlTest, AFreshStreamBeginsWhereItIsTold) {
  FreshStream later = wanted();
  later.first_offset = 9;
  controller_.reset(later, {sample::json});
  const Parcel event(sample::envelope("A", "9"));
  EXPECT_EQ(controller_.append(sample::application.key(), {&event, 1}), std::vector<Offset>{9});
}

TEST_F(ControlTest, WhatIsWrongIsToldWithItsReason) {
  const auto says = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(failure([&] { controller_.append("nobody", {}); }), "Append at ");
  says(failure([&] { controller_.append("nobody", {}); }),
       "failed with status 5: unrecognized application: nobody");
  says(failure([&] { controller_.truncate("", 0); }), "application key must not be empty");
  FreshStream many = wanted();
  many.event_types = {EventType("A"), EventType("B"), EventType("C")};
  says(failure([&] { controller_.reset(many, {sample::json}); }), "status 3: two types are enough");
  controller_.reset(wanted(), {sample::json});
  const Parcel foreign(sample::envelope("B", "0"));
  says(failure([&] { controller_.append(sample::application.key(), {&foreign, 1}); }), "status 3");
}

TEST_F(ControlTest, WhoCantTruncateSaysSo) {
  controller_.reset(wanted("whole"), {sample::json});
  EXPECT_EQ(controller_.truncate(sample::application.key(), 0), std::nullopt);
}

TEST_F(ControlTest, AForgottenApplicationIsNobody) {
  controller_.reset(wanted(), {sample::json});
  controller_.forget(sample::application.key());
  EXPECT_EQ(stream_.open(0, {EventType("A")}).value().next().error(), Errc::invalid_argument);
}

TEST(Control, IsOffUnlessSomebodyAsksForIt) {
  const Server server{ServerOptions{}};
  Controller controller(server.address());
  EXPECT_THROW(controller.reset({.application = sample::application}, {}), ControlFailed);
}

}  // namespace
}  // namespace networkstream
