#ifndef STREAMTEST_CERTIFY_REGRESSIONS_HPP
#define STREAMTEST_CERTIFY_REGRESSIONS_HPP

#include <streamtest/certify/runner.hpp>
#include <streamtest/explore/counterexample.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// A file of a counterexample.
struct SavedCounterexample {
  std::filesystem::path file;
  Counterexample counterexample;
};

/// Reads one. Throws UsageError that names the file, and what is wrong with it and where.
Counterexample read_counterexample_file(const std::filesystem::path& file);

/// The counterexamples of exploration among the *.json of the folder, by the files' names;
/// histories are passed over. None if the folder is empty or isn't there. Throws UsageError as
/// above, for any file that is damaged: what it held would be missed.
std::vector<SavedCounterexample> read_regressions(const std::string& folder);

/// Takes what an earlier run left out of the folder, but for counterexamples: they stay until
/// somebody deletes them, or another one takes their name (decision 0023).
void clear_histories(const std::filesystem::path& folder);

/// The name of the file for a counterexample: "BLK-3.next.json".
std::string regression_name(const Counterexample& counterexample);

/// With what a counterexample is run again.
Settings settings_of(const Counterexample& counterexample);
/// Runner::replay() under a watchdog, which ends the process if a call hangs that nobody can leave.
/// `again` is how to do it once more, for its text and that of replay_text().
Replayed replay_watched(Runner& runner, const Counterexample& counterexample,
                        std::string_view again);
/// One that failed again, and one whose stream ended, as a person reads it.
std::string replay_text(const Counterexample& counterexample, const Replayed& replayed,
                        std::string_view again);
std::string lost_stream_text(const Counterexample& counterexample, const StreamLost& lost,
                             std::string_view again);

}  // namespace streamtest

#endif
