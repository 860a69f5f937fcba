#ifndef STREAMTEST_CERTIFY_SQLITE_TARGET_HPP
#define STREAMTEST_CERTIFY_SQLITE_TARGET_HPP

#include <streamtest/subject/subject.hpp>

#include <string>

namespace streamtest {

/// `sqlite:[PATH]`: the project's persisted stream. Each stream is an application of its own in the
/// database, which is removed with it; others in there aren't touched. Without a path the database
/// is a temporary one.
SubjectFactory sqlite_target(const std::string& path);

}  // namespace streamtest

#endif
