#ifndef STREAMTEST_CASES_STEPS_HPP
#define STREAMTEST_CASES_STEPS_HPP

#include <streamtest/cases/follower.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Steps that the cases of several chapters share. Internal to the cases.

namespace streamtest {

/// Throws NotSupported if fewer cursors may be open at once.
void needs_cursors(const Bench& bench, std::size_t count);

/// `count` type indexes: those of the pattern, over and over.
std::vector<std::size_t> repeated(const std::vector<std::size_t>& pattern, std::size_t count);

/// The reader gives what the log holds for it at and after the position, one by one, at most
/// `count` events. Returns the position behind the last.
eventstream::Offset must_read(Trial& trial, Reader& reader, eventstream::Offset position,
                              const eventstream::EventTypeSet& filter,
                              std::size_t count = std::numeric_limits<std::size_t>::max());

/// True of a failure of what is behind the stream. What says something of the stream or the cursor
/// (closed, truncated, cancelled, the end) would be a lie in its place.
bool is_failure(const boost::system::error_code& error);

/// Lets the contenders run against each other, once a round. Their threads live for all rounds and
/// meet spinning before each, so that they start within a fraction of a microsecond. `before` and
/// `after` run alone, and may use the bench as the case's own thread does.
void race(Bench& bench, Rounds rounds, const std::function<void()>& before,
          const std::vector<std::function<void()>>& contenders, const std::function<void()>& after);

/// An append that takes part in a race. It is recorded around the race, so that nothing of the kit
/// stands between the start and the stream.
class RacedAppend {
 public:
  using Answer = eventstream::Result<std::vector<eventstream::Offset>>;

  /// Begins the record. The call expects no offset unless one is given.
  RacedAppend(Trial& trial, std::string actor, std::vector<eventstream::Parcel> batch,
              std::optional<eventstream::Offset> expected = {});

  void run();
  /// Ends the record; after the race.
  const Answer& conclude();

  const std::vector<eventstream::Parcel>& batch() const { return batch_; }

 private:
  Trial* trial_;
  std::vector<eventstream::Parcel> batch_;
  std::optional<eventstream::Offset> expected_;
  History::Number call_;
  Answer answer_;
};

/// Events of random types, at least one and at most `most` of them, not appended yet.
std::vector<eventstream::Parcel> some_parcels(Bench& bench, Trial& trial, std::size_t most);

/// Repeats `cycle`, which leaves nothing open, and fails if threads or file descriptors of this
/// process pile up. NotSupported for a stream that lives in another one; sees nothing where the
/// system doesn't tell.
void must_release(Bench& bench, std::string_view what, const std::function<void()>& cycle);

/// Runs the action, which must return within the bound. When it doesn't, `free` is called, which
/// may help it to return after all, and the case fails; an action that can't be freed is left to
/// the run's watchdog.
void must_return(Bench& bench, std::string_view what, const std::function<void()>& action,
                 const std::function<void()>& free);

}  // namespace streamtest

#endif
