#ifndef MUTANTS_GALLERY_HPP
#define MUTANTS_GALLERY_HPP

#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/subject.hpp>

#include <string>
#include <vector>

/// The gallery as a library, for whoever tests the tests of streams: a test suite of your own, run
/// with each of these, must fail for the broken ones and pass for the odd ones.
///
///     for (const streamtest::GalleryEntry& entry : mutants::gallery()) {
///       const streamtest::SubjectFactory factory = mutants::make(entry.id);
///       if (factory.role != streamtest::Role::stream) continue;
///       const auto stream = factory.make({.application = {"App", "key"}, .event_types = types});
///       EXPECT_EQ(my_suite_passes(*stream), entry.odd) << entry.id << ": " << entry.defect;
///     }
///
/// Link with `streamtest::mutants`. The same streams are in the plug-in *gallery*, which
/// `streamtest selftest` runs and which certifies as `plugin:gallery.so?ID`.
namespace mutants {

/// Every broken stream, handler and consumer, each with the rule that it breaks, and the odd ones,
/// which keep the contract in an unusual way. Thread-safe.
const std::vector<streamtest::GalleryEntry>& gallery();

/// What makes the entry with that id. Throws `streamtest::UsageError` if the gallery has none. Some
/// entries break only with the hooks or in the processes that their rule needs: `truncate`,
/// `reopen`, `network`, a kill. Thread-safe; so is what it gives.
streamtest::SubjectFactory make(const std::string& id);

}  // namespace mutants

#endif
