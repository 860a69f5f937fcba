#include "sample.hpp"

#include <gtest/gtest.h>
#include <networkstream/stream.hpp>

#include <fstream>
#include <iterator>

namespace networkstream {
namespace {

using eventstream::Errc;
using eventstream::EventType;

std::string text_of(const char* file) {
  std::ifstream input(file);
  std::string text(std::istreambuf_iterator<char>(input), {});
  EXPECT_FALSE(text.empty()) << file;
  return text;
}

// Both are made for this build.
const std::string& certificate() {
  static const std::string text = text_of(STREAMTEST_CERTIFICATE);
  return text;
}
const std::string& key() {
  static const std::string text = text_of(STREAMTEST_KEY);
  return text;
}

/// As long as its handshake may take.
constexpr std::chrono::minutes busy_machine{1};

class TlsTest : public testing::Test {
 protected:
  explicit TlsTest(const std::string& client_roots = "")
      : server_({.tls = ServerTls{certificate(), key(), client_roots}}) {
    sample::append(*memory_, "A", "0");
    server_.serve(sample::application.key(), sample::served(memory_));
  }

  /// Who isn't let in is told when the patience is over.
  eventstream::Result<eventstream::Event> first_read(
      std::optional<ClientTls> tls,
      std::chrono::milliseconds patience = std::chrono::milliseconds(300)) const {
    Stream stream({.target = server_.address(),
                   .application = sample::application,
                   .media_types = [](const EventType&) { return std::vector{sample::json}; },
                   .tls = std::move(tls),
                   .patience = patience});
    return stream.open(0, {EventType("A")}).value().next();
  }

  const std::shared_ptr<memorystream::Stream> memory_ = sample::stream();
  Server server_;
};

TEST_F(TlsTest, WhoTrustsTheServerReads) {
  EXPECT_EQ(first_read(ClientTls{certificate()}, busy_machine).value().offset, 0U);
}

TEST_F(TlsTest, WhoDoesntTrustItOrDoesntEncryptGetsNothing) {
  EXPECT_EQ(first_read(ClientTls{}).error(), Errc::backend_failure);
  EXPECT_EQ(first_read(std::nullopt).error(), Errc::backend_failure);
}

class KnownClients : public TlsTest {
 protected:
  KnownClients() : TlsTest(certificate()) {}
};

TEST_F(KnownClients, OnlyWhoShowsACertificateReads) {
  EXPECT_EQ(first_read(ClientTls{certificate(), certificate(), key()}, busy_machine).value().offset,
            0U);
  EXPECT_EQ(first_read(ClientTls{certificate()}).error(), Errc::backend_failure);
}

}  // namespace
}  // namespace networkstream
