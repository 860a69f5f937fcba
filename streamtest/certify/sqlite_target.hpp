#ifndef STREAMTEST_CERTIFY_SQLITE_TARGET_HPP
#define STREAMTEST_CERTIFY_SQLITE_TARGET_HPP

#include <streamtest/subject/subject.hpp>

#include <string>

namespace streamtest {

/// The project's own stream on SQLite, for the binary's `sqlite:[PATH]`. Each stream under test is
/// an application of its own in the database and is removed with it; others in there aren't
/// touched. Without a path the database is a temporary one, which may also be damaged. Throws
/// UsageError if the database can't be used.
SubjectFactory sqlite_target(const std::string& path);

}  // namespace streamtest

#endif
