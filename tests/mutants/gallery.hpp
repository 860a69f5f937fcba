#ifndef MUTANTS_GALLERY_HPP
#define MUTANTS_GALLERY_HPP

#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/subject.hpp>

#include <string>
#include <vector>

/// The gallery as a library, for whoever tests the tests of streams: a test suite of your own must
/// pass for the odd ones, and fail for the broken ones whose rule it tests.
///
///     for (const streamtest::GalleryEntry& entry : mutants::gallery()) {
///       const streamtest::SubjectFactory factory = mutants::make(entry.id);
///       if (factory.role != streamtest::Role::stream) continue;
///       if (entry.odd || entry.rule == "CLS-1")
///         EXPECT_EQ(my_suite_passes(factory), entry.odd) << entry.id << ": " << entry.defect;
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
/// `reopen`, `twin`, `fail_next_append`, `network`, a kill. Thread-safe; so is what it gives.
streamtest::SubjectFactory make(const std::string& id);

}  // namespace mutants

#endif
