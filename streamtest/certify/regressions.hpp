#ifndef STREAMTEST_CERTIFY_REGRESSIONS_HPP
#define STREAMTEST_CERTIFY_REGRESSIONS_HPP

#include <streamtest/explore/counterexample.hpp>

#include <filesystem>
#include <string>
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

}  // namespace streamtest

#endif
