#include "sample.hpp"

#include <gtest/gtest.h>
#include <networkstream/wire.hpp>

#include <functional>
#include <stdexcept>

namespace networkstream {
namespace {

using eventstream::Envelope;

WireEnvelope written(const Envelope& envelope) {
  WireEnvelope message;
  to_wire(envelope, message);
  return message;
}

TEST(Wire, AnEnvelopeComesBackAsItWas) {
  Envelope all = sample::envelope("A", std::string("\0\xff\n", 3));
  all.source_handler = {"seller", "handler-key"};
  all.source_instance_id = "7";
  WireReader reader;
  EXPECT_EQ(reader.read(written(all)), all);
  const Envelope few = sample::envelope("B", "");
  EXPECT_EQ(reader.read(written(few)), few);
}

TEST(Wire, NothingOfTheMessageBeforeIsLeft) {
  Envelope all = sample::envelope("A", "1");
  all.source_handler = {"seller", "handler-key"};
  all.source_instance_id = "7";
  WireEnvelope message = written(all);
  to_wire(sample::envelope("B", "2"), message);
  EXPECT_FALSE(message.has_source_handler());
  EXPECT_EQ(message.source_instance_id(), "");
}

TEST(Wire, AnInstanceWithoutAHandlerIsRefusedByWhoReadsItAndNotLost) {
  Envelope lonely = sample::envelope("A", "1");
  lonely.source_instance_id = "7";
  WireReader reader;
  EXPECT_EQ(reader.read_any(written(lonely)), lonely);
  EXPECT_THROW(reader.read(written(lonely)), std::invalid_argument);
}

TEST(Wire, TimesKeepTheirNanosecondsAndAreReadInAnyZone) {
  WireEnvelope message = written(sample::envelope("A", "1"));
  EXPECT_EQ(message.created_at(), "2026-11-26T01:00:00.123456789+00:00");
  WireReader reader;
  const auto instant = reader.read(WireEnvelope(message)).created_at;
  for (const char* same :
       {"2026-11-26T01:00:00.123456789Z", "2026-11-26T02:30:00.123456789+01:30"}) {
    message.set_created_at(same);
    EXPECT_EQ(reader.read(WireEnvelope(message)).created_at, instant) << same;
  }
}

TEST(Wire, WhatATimeHasBeyondNanosecondsIsLeftOut) {
  WireEnvelope message = written(sample::envelope("A", "1"));
  message.set_created_at("2026-11-26T01:00:00.1234567899Z");
  WireReader reader;
  EXPECT_EQ(reader.read(std::move(message)), sample::envelope("A", "1"));
}

struct Damage {
  const char* name;
  std::function<void(WireEnvelope&)> done;
  const char* told;
};

class DamagedWire : public testing::TestWithParam<Damage> {};
INSTANTIATE_TEST_SUITE_P(
    Wire, DamagedWire,
    testing::Values(
        Damage{"MessageId", [](auto& m) { m.clear_message_id(); }, "message_id is empty"},
        Damage{"CausationId", [](auto& m) { m.clear_causation_id(); }, "causation_id is empty"},
        Damage{"CorrelationId", [](auto& m) { m.clear_correlation_id(); },
               "correlation_id is empty"},
        Damage{"Application", [](auto& m) { m.clear_source_application(); },
               "source_application.name is empty"},
        Damage{"ApplicationKey", [](auto& m) { m.mutable_source_application()->clear_key(); },
               "source_application.key is empty"},
        Damage{"HandlerName", [](auto& m) { m.mutable_source_handler()->set_key("k"); },
               "source_handler.name is empty"},
        Damage{"HandlerKey", [](auto& m) { m.mutable_source_handler()->set_name("n"); },
               "source_handler.key is empty"},
        Damage{"Instance", [](auto& m) { m.set_source_instance_id("7"); },
               "source_instance_id is there, and source_handler isn't"},
        Damage{"Time", [](auto& m) { m.set_created_at("yesterday"); },
               "created_at is 'yesterday', which is no RFC 3339 of 1678 to 2261"},
        Damage{"NoTime", [](auto& m) { m.clear_created_at(); },
               "created_at is '', which is no RFC 3339 of 1678 to 2261"},
        Damage{"TooEarly", [](auto& m) { m.set_created_at("0001-01-01T00:00:00Z"); },
               "created_at is '0001-01-01T00:00:00Z', which is no RFC 3339 of 1678 to 2261"},
        Damage{"TooLate", [](auto& m) { m.set_created_at("2300-01-01T00:00:00Z"); },
               "created_at is '2300-01-01T00:00:00Z', which is no RFC 3339 of 1678 to 2261"},
        Damage{"Never", [](auto& m) { m.set_created_at("infinite-future"); },
               "created_at is 'infinite-future', which is no RFC 3339 of 1678 to 2261"},
        Damage{"Type", [](auto& m) { m.clear_portable_name(); }, "portable_name is empty"},
        Damage{"MediaType", [](auto& m) { m.clear_media_type(); }, "media_type is empty"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(DamagedWire, IsRefusedWithTheFieldsName) {
  WireEnvelope message = written(sample::envelope("A", "1"));
  GetParam().done(message);
  WireReader reader;
  try {
    reader.read(WireEnvelope(message));
    ADD_FAILURE() << "it was taken";
  } catch (const std::invalid_argument& why) {
    EXPECT_STREQ(why.what(), GetParam().told);
  }
  EXPECT_NO_THROW(reader.read_any(WireEnvelope(message)));
}

}  // namespace
}  // namespace networkstream
