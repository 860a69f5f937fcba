#ifndef STREAMTEST_TESTS_ODD_ODD_HPP
#define STREAMTEST_TESTS_ODD_ODD_HPP

#include <streamtest/subject/subject.hpp>

#include <string>
#include <vector>

/// Streams, a handler and a consumer that keep the contract in an unusual way. None may ever be
/// accused.
namespace odd {

struct Entry {
  const char* id;
  const char* base;
  const char* sentence;
  streamtest::SubjectFactory (*make)(const std::string& name);
};

const std::vector<Entry>& entries();

streamtest::SubjectFactory slow(const std::string& name);
streamtest::SubjectFactory spurious(const std::string& name);
streamtest::SubjectFactory polling(const std::string& name);
streamtest::SubjectFactory linked(const std::string& name);
streamtest::SubjectFactory copying(const std::string& name);
streamtest::SubjectFactory batching(const std::string& name);
streamtest::SubjectFactory prefetching(const std::string& name);
streamtest::SubjectFactory handing(const std::string& name);
streamtest::SubjectFactory coarse(const std::string& name);
streamtest::SubjectFactory lazy(const std::string& name);
streamtest::SubjectFactory committing(const std::string& name);
streamtest::SubjectFactory sparse(const std::string& name);
streamtest::SubjectFactory retrying_handler(const std::string& name);
streamtest::SubjectFactory thrifty_consumer(const std::string& name);

}  // namespace odd

#endif
