#ifndef STREAMTEST_SUBJECT_HARNESS_HPP
#define STREAMTEST_SUBJECT_HARNESS_HPP

#include <eventstream/appender.hpp>
#include <eventstream/stream.hpp>
#include <streamtest/faults/proxy.hpp>
#include <streamtest/subject/consumer_harness.hpp>
#include <streamtest/subject/handler_harness.hpp>
#include <streamtest/subject/subject.hpp>

#include <concepts>
#include <numeric>
#include <stdexcept>
#include <utility>

/// What an implementer writes to have a stream certified: a harness, some twenty lines. The stream
/// need not derive from anything of ours; concepts say what is asked of it.
///
///     struct MyHarness {
///       static streamtest::Capabilities capabilities() { return {}; }
///       explicit MyHarness(const streamtest::Scenario& scenario);   // a fresh, empty stream
///       my::Stream& stream();
///       eventstream::Result<std::vector<eventstream::Offset>> append(
///           std::span<const eventstream::Parcel> batch);
///     };
///
/// append() writes one batch and returns the offset of each event, or an empty vector if this
/// stream doesn't tell. An error from it, or an exception from any member, is the harness's
/// failure: the rule then could_not_run. (A harness for a stream in another process throws
/// StreamLost when that has ended.) stream(), append(), append_expecting() and settle() are called
/// from several threads at once, and truncate() beside them; the other members from one thread at a
/// time.
///
/// Optional members, each a hook that a capability or a rule may need:
///
///     // The real first offset. TRN-*
///     Result<Offset> truncate(Offset first_retained);
///     // Errc::conflict if `expected` isn't the next offset. APP-5
///     Result<vector<Offset>> append_expecting(span<const Parcel> batch, Offset expected);
///     // The next append() fails having written nothing; of several that begin at once, at least
///     // one. APP-2
///     void fail_next_append();
///     // Closes the stream as its program would at its end, and opens what is stored anew; its
///     // cursors are closed already; a twin's stream may be open. DUR-1, and its part of IDN-1,
///     // IDN-2 and TRN-6
///     void reopen();
///     // Its constructor honours Scenario::existing, so that a stream can be found again whose
///     // process was killed. DUR-2 to DUR-4, and their part of TRN-6
///     static constexpr bool attaches = true;
///     // Closes the stream and damages what it stored, at a place that follows from `choice`. A
///     // torn tail is at most what the last append wrote. Another process may open the stream
///     // before reopen() comes, which may throw: keep no lock on it. DUR-5, and its part of DUR-4
///     void damage(streamtest::Damage kind, std::uint64_t choice);
///     // Stores so many events of that type behind the last, quicker than append() would; nobody
///     // looks at their contents. For long runs that a reader skips: CAN-5
///     void fill(const EventType& type, std::uint64_t count);
///     // Another application's stream on the same backend. IDN-2
///     std::unique_ptr<MyHarness> twin(const Scenario& scenario);
///     // The proxy (faults/proxy.hpp) by which the stream reaches its backend, so that the cases
///     // can make the network fail. append() and the other hooks must not go through it. ERR-2,
///     // ERR-3 and CLS-4
///     streamtest::FaultProxy& network();
///     // Waits until what was acknowledged is visible.
///     void settle();
///     // As append(), but returns at once and calls `done` once, on the Scenario's runtime: where
///     // append() waits for a handler that runs there, it would wait for ever in simulation. No
///     // other member may wait for one there: truncate() neither, nor the stream's open and close.
///     void async_append(std::vector<Parcel> batch, std::function<void(Result<Offsets>)> done);
///     // Which means of the core the stream doesn't have; they aren't called then.
///     static Lacks lacks();
///     // What the stream can carry.
///     static Vocabulary vocabulary();
///     // Configurations, one report each.
///     static std::vector<std::string> variants();
///     // Page sizes that cases should hit.
///     static std::vector<std::uint64_t> boundaries();
///
/// A harness that also has the members of a handler's (handler_harness.hpp) or a consumer's
/// (consumer_harness.hpp) has those rules checked too; alone, they make a handler's or a consumer's
/// harness.

namespace streamtest {

/// A cursor: next(stop_token) blocks; close() may come from another thread meanwhile.
template <typename T>
concept CursorLike = std::movable<T> && requires(T& cursor, std::stop_token token) {
  { cursor.next(token) } -> std::convertible_to<eventstream::Result<eventstream::Event>>;
  { cursor.close() } -> std::convertible_to<eventstream::Result<void>>;
};

/// A stream whose open() gives `Result<cursor>`.
template <typename T>
concept StreamLike =
    requires(T& stream, const eventstream::EventTypeSet& filter, std::stop_token token) {
      { stream.application() } -> std::convertible_to<eventstream::Identity>;
      {
        stream.event_types(token)
      } -> std::convertible_to<eventstream::Result<eventstream::EventTypeSet>>;
      { *stream.open(eventstream::Offset{}, filter, token) } -> CursorLike;
    };

using Offsets = std::vector<eventstream::Offset>;

/// What append() returns for a batch of so many events that follow each other, from the offset of
/// the first.
inline eventstream::Result<Offsets> consecutive(
    const eventstream::Result<eventstream::Offset>& first, std::size_t count) {
  if (!first) return first.error();
  Offsets offsets(count);
  std::iota(offsets.begin(), offsets.end(), *first);
  return offsets;
}

/// A harness, however it is made.
template <typename T>
concept MadeHarness = requires(T& harness, std::span<const eventstream::Parcel> batch) {
  { T::capabilities() } -> std::convertible_to<Capabilities>;
  { harness.stream() } -> StreamLike;
  { harness.append(batch) } -> std::convertible_to<eventstream::Result<Offsets>>;
};

template <typename T>
concept HarnessLike = MadeHarness<T> && std::constructible_from<T, const Scenario&>;

namespace detail {

template <typename T>
concept HasTruncate = requires(T& harness) {
  {
    harness.truncate(eventstream::Offset{})
  } -> std::convertible_to<eventstream::Result<eventstream::Offset>>;
};
template <typename T>
concept HasAppendExpecting = requires(T& harness, std::span<const eventstream::Parcel> batch) {
  {
    harness.append_expecting(batch, eventstream::Offset{})
  } -> std::convertible_to<eventstream::Result<Offsets>>;
};
template <typename T>
concept HasFailNextAppend = requires(T& harness) { harness.fail_next_append(); };
template <typename T>
concept HasDamage = requires(T& harness) { harness.damage(Damage::flipped_byte, std::uint64_t{}); };
template <typename T>
concept HasFill = requires(T& harness, const eventstream::EventType& type) {
  harness.fill(type, std::uint64_t{});
};
template <typename T>
constexpr bool attaches() {
  if constexpr (requires { T::attaches; }) return T::attaches;
  return false;
}
template <typename T>
concept HasTwin = requires(T& harness, const Scenario& scenario) {
  { harness.twin(scenario) } -> std::convertible_to<std::unique_ptr<T>>;
};
template <typename T>
concept HasNetwork = requires(T& harness) {
  { harness.network() } -> std::same_as<FaultProxy&>;
};
template <typename T>
concept HasAsyncAppend =
    requires(T& harness, std::vector<eventstream::Parcel> batch, Subject::Appended done) {
      harness.async_append(std::move(batch), std::move(done));
    };
template <typename T>
concept HasSettle = requires(T& harness) { harness.settle(); };

template <CursorLike C>
class CursorAdapter final : public AnyCursor {
 public:
  explicit CursorAdapter(C cursor) : cursor_(std::move(cursor)) {}
  eventstream::Result<eventstream::Event> next(std::stop_token token) override {
    return cursor_.next(token);
  }
  eventstream::Result<void> close() override { return cursor_.close(); }
  eventstream::Cursor* native() override {
    if constexpr (std::same_as<C, eventstream::Cursor>) return &cursor_;
    return nullptr;
  }

 private:
  C cursor_;
};

[[noreturn]] inline void no_hook(const char* name) {
  throw std::logic_error(std::string("the harness has no ") + name);
}

template <MadeHarness H>
class HarnessSubject final : public Subject {
 public:
  explicit HarnessSubject(std::unique_ptr<H> harness) : harness_(std::move(harness)) {}

  eventstream::Identity application() override { return harness_->stream().application(); }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token) override {
    return harness_->stream().event_types(token);
  }
  eventstream::Result<std::unique_ptr<AnyCursor>> open(eventstream::Offset offset,
                                                       const eventstream::EventTypeSet& filter,
                                                       std::stop_token token) override {
    auto cursor = harness_->stream().open(offset, filter, token);
    if (!cursor) return cursor.error();
    using C = std::remove_cvref_t<decltype(*cursor)>;
    return std::unique_ptr<AnyCursor>(std::make_unique<CursorAdapter<C>>(*std::move(cursor)));
  }
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) override {
    return harness_->append(batch);
  }
  void async_append(std::vector<eventstream::Parcel> batch, Appended done) override {
    if constexpr (HasAsyncAppend<H>)
      harness_->async_append(std::move(batch), std::move(done));
    else
      Subject::async_append(std::move(batch), std::move(done));
  }
  eventstream::Result<Offsets> append_expecting(std::span<const eventstream::Parcel> batch,
                                                eventstream::Offset expected) override {
    if constexpr (HasAppendExpecting<H>) return harness_->append_expecting(batch, expected);
    no_hook("append_expecting()");
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) override {
    if constexpr (HasTruncate<H>) return harness_->truncate(first_retained);
    no_hook("truncate()");
  }
  void fail_next_append() override {
    if constexpr (HasFailNextAppend<H>) return harness_->fail_next_append();
    no_hook("fail_next_append()");
  }
  void reopen() override {
    if constexpr (HasReopen<H>) return harness_->reopen();
    no_hook("reopen()");
  }
  void fill(const eventstream::EventType& type, std::uint64_t count) override {
    if constexpr (HasFill<H>) return harness_->fill(type, count);
    no_hook("fill()");
  }
  void damage(Damage kind, std::uint64_t choice) override {
    if constexpr (HasDamage<H>) return harness_->damage(kind, choice);
    no_hook("damage()");
  }
  std::unique_ptr<Subject> twin(const Scenario& scenario) override {
    if constexpr (HasTwin<H>) return std::make_unique<HarnessSubject<H>>(harness_->twin(scenario));
    no_hook("twin()");
  }
  FaultProxy& network() override {
    if constexpr (HasNetwork<H>) return harness_->network();
    no_hook("network()");
  }
  void settle() override {
    if constexpr (HasSettle<H>) harness_->settle();
  }
  eventstream::Stream* native_stream() override { return native<eventstream::Stream>(); }
  eventstream::Appender* native_appender() override { return native<eventstream::Appender>(); }

 private:
  template <typename Interface>
  Interface* native() {
    if constexpr (std::convertible_to<decltype(&harness_->stream()), Interface*>)
      return &harness_->stream();
    return nullptr;
  }

  std::unique_ptr<H> harness_;
};

/// What harnesses of all kinds may have.
template <typename H>
SubjectFactory common_factory(std::string name, Role role) {
  SubjectFactory factory;
  factory.name = std::move(name);
  factory.role = role;
  if constexpr (requires { H::capabilities(); }) factory.capabilities = H::capabilities();
  if constexpr (requires { H::vocabulary(); }) factory.vocabulary = H::vocabulary();
  if constexpr (requires { H::variants(); }) factory.variants = H::variants();
  factory.hooks.reopen = HasReopen<H>;
  factory.hooks.attaches = attaches<H>();
  return factory;
}

/// The rules of what the harness brings along.
template <typename H, typename Make>
void bring_along(SubjectFactory& factory, const Make& make) {
  if constexpr (MadeHandlerHarness<H>) {
    factory.hooks.fail_next = HasFailNext<H>;
    factory.make_handler = [make](const Scenario& scenario) -> std::unique_ptr<HandlerSubject> {
      return std::make_unique<HandlerHarnessSubject<H>>(make(scenario));
    };
  }
  if constexpr (MadeConsumerHarness<H>) {
    factory.make_consumer = [make](const Scenario& scenario) -> std::unique_ptr<ConsumerSubject> {
      return std::make_unique<ConsumerHarnessSubject<H>>(make(scenario));
    };
  }
}

}  // namespace detail

/// The factory for a harness that is made by `make(scenario)`, a `std::unique_ptr<H>`: for one that
/// needs more than a scenario, such as a connection that all of them share. Calls the harness's
/// static members once.
template <MadeHarness H, std::invocable<const Scenario&> Make>
SubjectFactory make_factory(std::string name, Make make) {
  SubjectFactory factory = detail::common_factory<H>(std::move(name), Role::stream);
  if constexpr (requires { H::lacks(); }) factory.lacks = H::lacks();
  if constexpr (requires { H::boundaries(); }) factory.boundaries = H::boundaries();
  factory.hooks = {.truncate = detail::HasTruncate<H>,
                   .append_expecting = detail::HasAppendExpecting<H>,
                   .fail_next_append = detail::HasFailNextAppend<H>,
                   .reopen = detail::HasReopen<H>,
                   .attaches = detail::attaches<H>(),
                   .damage = detail::HasDamage<H>,
                   .fill = detail::HasFill<H>,
                   .twin = detail::HasTwin<H>,
                   .settle = detail::HasSettle<H>,
                   .async_append = detail::HasAsyncAppend<H>,
                   .network = detail::HasNetwork<H>};
  detail::bring_along<H>(factory, make);
  factory.make = [make = std::move(make)](const Scenario& scenario) -> std::unique_ptr<Subject> {
    return std::make_unique<detail::HarnessSubject<H>>(make(scenario));
  };
  return factory;
}

/// The same for a handler, and for a consumer.
template <MadeHandlerHarness H, std::invocable<const Scenario&> Make>
  requires(!MadeHarness<H>)
SubjectFactory make_factory(std::string name, Make make) {
  SubjectFactory factory = detail::common_factory<H>(std::move(name), Role::handler);
  detail::bring_along<H>(factory, make);
  return factory;
}
template <MadeConsumerHarness H, std::invocable<const Scenario&> Make>
  requires(!MadeHarness<H> && !MadeHandlerHarness<H>)
SubjectFactory make_factory(std::string name, Make make) {
  SubjectFactory factory = detail::common_factory<H>(std::move(name), Role::consumer);
  detail::bring_along<H>(factory, make);
  return factory;
}

/// The factory for a harness of any kind that is made of a scenario alone.
template <typename H>
  requires HarnessLike<H> || HandlerHarnessLike<H> || ConsumerHarnessLike<H>
SubjectFactory make_factory(std::string name) {
  return make_factory<H>(std::move(name),
                         [](const Scenario& scenario) { return std::make_unique<H>(scenario); });
}

}  // namespace streamtest

#endif
