#ifndef STREAMTEST_TESTS_MUTANTS_SERVED_HPP
#define STREAMTEST_TESTS_MUTANTS_SERVED_HPP

#include "remote_defect.hpp"

#include <memorystream/stream.hpp>

#include <testee/connection.hpp>

#include <memory>

namespace mutants::remote {

/// Serves the readers of one stream on loopback, by the testee protocol: what a stream in another
/// process would do. One thread of its own. The stream must outlive it. What it answers is `torn`:
/// the first bytes are written one by one, the rest in small pieces.
class Server {
 public:
  Server(memorystream::Stream& stream, bool torn, Defect defect);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  testee::Endpoint endpoint() const;

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mutants::remote

#endif
