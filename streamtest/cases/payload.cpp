#include <streamtest/cases/case.hpp>
#include <streamtest/cases/come_back.hpp>
#include <streamtest/cases/steps.hpp>
#include <streamtest/subject/envelopes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace streamtest {
namespace {

using eventstream::Envelope;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;

void needs_any_payload(const Bench& bench) {
  if (!bench.factory().vocabulary.anything())
    throw NotSupported("needs a vocabulary that carries any bytes");
}

/// What a stream takes in one event, as far as it says so.
std::optional<std::uint64_t> largest(const Bench& bench) {
  const Capabilities& claims = bench.capabilities();
  if (claims.max_event_size && claims.max_batch_bytes)
    return std::min(*claims.max_event_size, *claims.max_batch_bytes);
  return claims.max_event_size ? claims.max_event_size : claims.max_batch_bytes;
}

Parcel with_data(Trial& trial, std::string data) {
  Envelope envelope = *trial.parcel(trial.type(0));
  envelope.media_type = media_types()[1];
  envelope.data = std::move(data);
  return Parcel(std::move(envelope));
}

/// Appends what the stream says it carries. Refusing it is a fault, unless the stream takes nothing
/// at all.
std::vector<Logged> must_append(Trial& trial, const std::vector<Parcel>& batch) {
  try {
    return trial.append_parcels(batch);
  } catch (const HarnessFailure& failure) {
    trial.append_one(0);
    std::uint64_t most = 0;
    for (const Parcel& parcel : batch) most = std::max<std::uint64_t>(most, parcel->data.size());
    trial.fail(
        fmt::format("a batch of {} events with up to {} bytes of data was refused: expected "
                    "any data within the declared limits to be taken; {}",
                    batch.size(), most, failure.what()));
  }
}

std::string every_byte() {
  std::string all;
  for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
  return all;
}

/// Data that has been lost, cut or changed by real streams. No two are equal: a stream that doesn't
/// tell offsets is asked for them by content.
std::vector<std::string> odd_data(const Bench& bench) {
  using namespace std::string_literals;
  std::vector<std::string> all{
      ""s,
      "\0"s,
      "before\0after"s,
      "\0at the start"s,
      "at the end\0"s,
      every_byte(),
      std::string(1000, '\0'),
      "\xff\xfe\xfd"s,      // never valid in UTF-8
      "\xc0\x80"s,          // an overlong NUL
      "\xed\xa0\x80"s,      // a lone surrogate
      "cut \xe2\x82"s,      // a character that ends too early
      "\xef\xbb\xbfmark"s,  // a byte order mark
      "\r\n line\nend\r"s,
      "'; DROP TABLE events; -- \\x00 \\0 %s {} \"\" ${x}"s,
      "null"s,
      " "s,
  };
  std::string reversed = every_byte();
  std::reverse(reversed.begin(), reversed.end());
  all.push_back(reversed + every_byte());
  std::erase_if(all, [&](const std::string& data) {
    return data.size() > largest(bench).value_or(data.size());
  });
  return all;
}

/// Reads the log from its start, and compares every field.
void must_all_come_back(Trial& trial, Reader& reader) {
  for (const Logged& event : trial.log()) must_come_back(trial, event, reader.start_next());
}

// Data that is empty (O-50, B105), holds NUL (O-51, B106) or is no text, as the only event of its
// stream.
void data_of_the_only_event(Bench& bench) {
  needs_any_payload(bench);
  for (const std::string& data : odd_data(bench)) {
    const std::unique_ptr<Trial> trial = bench.trial();
    Reader live = trial->open(0, trial->all_types());
    Pending pending = live.start_next();
    const Logged event = must_append(*trial, {with_data(*trial, data)}).front();
    must_come_back(*trial, event, pending);
    Reader later = trial->open(0, trial->all_types());
    must_come_back(*trial, event, later.start_next());
    later.start_next().must_wait_until([&] { return trial->append_one(1); });
    bench.count();
  }
}

/// One batch: the data alone, first, last or in the middle of it.
std::vector<Parcel> batch_around(Trial& trial, const std::string& data, std::size_t place,
                                 std::size_t length) {
  std::vector<Parcel> batch;
  for (std::size_t i = 0; i < length; ++i)
    batch.push_back(i == place ? with_data(trial, data) : trial.parcel(trial.type(i % 3)));
  return batch;
}

// The same among other events, wherever it stands in a batch.
void data_in_a_batch(Bench& bench) {
  needs_any_payload(bench);
  for (std::size_t length = 1; length <= batch_limit(bench.capabilities(), 3); ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      const std::unique_ptr<Trial> trial = bench.trial();
      Reader reader = trial->open(0, trial->all_types());
      for (const std::string& data : odd_data(bench)) {
        must_append(*trial, batch_around(*trial, data, place, length));
        bench.count();
      }
      trial->append_one(2);
      must_all_come_back(*trial, reader);
      Reader later = trial->open(0, trial->all_types());
      must_all_come_back(*trial, later);
    }
  }
}

/// Instants before 1970, at it, and with every nanosecond told.
std::vector<Instant> odd_instants() {
  using namespace std::chrono;
  const auto at = [](year_month_day day, nanoseconds time) {
    return Instant(sys_days(day)) + time;
  };
  return {at(1970y / January / 1, 0ns),
          at(1969y / December / 31, 24h - 1ns),
          at(1970y / January / 1, 1ns),
          at(1900y / January / 1, 1h + 123456789ns),
          at(1752y / September / 14, 12h),
          at(2000y / February / 29, 23h + 59min + 59s + 999999999ns),
          at(2016y / December / 31, 24h - 1s),
          at(2038y / January / 19, 3h + 14min + 8s),
          at(2106y / February / 7, 6h + 28min + 16s + 1ns),
          at(2024y / June / 1, 999us),
          at(2200y / December / 31, 1ns)};
}

/// The i-th envelope of those whose metadata is odd in one way or another.
Envelope odd_metadata(Trial& trial, std::size_t i) {
  const std::vector<std::string> texts{
      "plain",
      "Gr\u00fc\u00dfe, \u043c\u0438\u0440, \u4e16\u754c, \u05e2\u05d5\u05dc\u05dd",
      "e\u0301 and \u00e9",  // equal in a normal form, but not the same
      "\U0001F680\U0010FFFF",
      "a b\tc",
      "quote ' \" \\ ` % _ ; -- {}",
      "\u0001\u007f\u0080\u2028",
      std::string(300, 'x'),
  };
  const std::vector<Instant> instants = odd_instants();
  const std::string& text = texts[i % texts.size()];
  Envelope envelope = *trial.parcel(trial.type(i % 3));
  envelope.message_id += "/" + text;
  envelope.causation_id = "cause/" + text;
  envelope.correlation_id = "correlation/" + text;
  envelope.created_at = instants[i % instants.size()];
  if (i % 3 > 0) envelope.source_handler = {"handler " + text, "key " + text};
  if (i % 3 > 1) envelope.source_instance_id = "instance " + text;
  envelope.media_type = media_types()[i % media_types().size()];
  return envelope;
}

// Metadata that is cut to ASCII, to microseconds, or to what is usual (B106).
void metadata_comes_back(Bench& bench) {
  needs_any_payload(bench);
  const std::unique_ptr<Trial> trial = bench.trial();
  Reader reader = trial->open(0, trial->all_types());
  for (std::size_t i = 0; i < 88; ++i) must_append(*trial, {Parcel(odd_metadata(*trial, i))});
  must_all_come_back(*trial, reader);
  Reader later = trial->open(0, trial->all_types());
  must_all_come_back(*trial, later);
  bench.count(2 * trial->log().size());
}

/// Data of that size in which no part looks like another.
std::string sized(Bench& bench, std::uint64_t size) {
  std::string data(size, '\0');
  std::uint64_t state = bench.random()() | 1;
  for (char& byte : data) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<char>(state);
  }
  return data;
}

/// Sizes around the limits that transports and stores have, rising, and the declared one.
std::vector<std::uint64_t> sizes(Bench& bench) {
  const std::uint64_t affordable = bench.size(std::uint64_t{16} << 20, std::uint64_t{1} << 20) + 1;
  const std::optional<std::uint64_t> limit = largest(bench);
  std::vector<std::uint64_t> all;
  for (const std::uint64_t size : {1, 255, 4 << 10, 64 << 10, 1 << 20, 4 << 20, 16 << 20})
    for (const std::uint64_t near : {size - 1, size, size + 1})
      if (near <= affordable && (!limit || near <= *limit)) all.push_back(near);
  if (limit && *limit <= std::uint64_t{64} << 20)
    for (const std::uint64_t near : {*limit / 2, *limit - 1, *limit}) all.push_back(near);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Events that are accepted and then stop their readers (B107).
void every_size_is_deliverable(Bench& bench) {
  needs_any_payload(bench);
  const std::unique_ptr<Trial> trial = bench.trial();
  Reader live = trial->open(0, trial->all_types());
  for (const std::uint64_t size : sizes(bench)) {
    Pending pending = live.start_next();
    const Logged event = must_append(*trial, {with_data(*trial, sized(bench, size))}).front();
    must_come_back(*trial, event, pending);
    Reader later = trial->open(event.offset, trial->all_types());
    must_come_back(*trial, event, later.start_next());
    later.destroy();
    bench.count();
  }
  Reader all = trial->open(0, trial->all_types());
  must_all_come_back(*trial, all);
}

// An event over the declared limit that is accepted, or that leaves something behind.
void too_large_is_refused(Bench& bench) {
  needs_any_payload(bench);
  const std::optional<std::uint64_t> limit = bench.capabilities().max_event_size;
  if (!limit || *limit > std::uint64_t{64} << 20) return;
  const std::unique_ptr<Trial> trial = bench.trial();
  Follower follower(*trial, 0, trial->all_types());
  for (std::size_t place = 0; place < batch_limit(bench.capabilities(), 3); ++place) {
    for (const std::uint64_t over : {std::uint64_t{1}, *limit}) {
      trial->append_one(0);
      follower.catch_up();
      follower.start();
      const Offset end = trial->end();
      const std::vector<Parcel> batch =
          batch_around(*trial, sized(bench, *limit + over), place, place + 1);
      if (trial->try_append(batch))
        trial->fail(
            fmt::format("append of an event of {} bytes, last in a batch of {}, succeeded: "
                        "expected it to be refused, max_event_size is {}",
                        *limit + over, place + 1, *limit));
      follower.check();  // still waits
      const Logged next = trial->append_one(1);
      if (next.offset != end && !bench.capabilities().sparse_offsets)
        trial->fail(fmt::format("the event appended after a refused one got offset {}: expected {}",
                                next.offset, end));
      follower.check();
      bench.count();
    }
  }
}

constexpr Case payload_table[] = {
    {.rule = "PAY-1", .name = "data_of_the_only_event", .body = data_of_the_only_event},
    {.rule = "PAY-1", .name = "data_in_a_batch", .body = data_in_a_batch},
    {.rule = "PAY-1", .name = "metadata_comes_back", .body = metadata_comes_back},
    {.rule = "PAY-2", .name = "every_size_is_deliverable", .body = every_size_is_deliverable},
    {.rule = "PAY-2", .name = "too_large_is_refused", .body = too_large_is_refused},
};

}  // namespace

std::span<const Case> payload_cases() {
  return payload_table;
}

}  // namespace streamtest
