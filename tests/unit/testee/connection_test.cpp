#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <testee/messages.hpp>
#include <testee/stream.hpp>

#include <fstream>
#include <functional>
#include <optional>
#include <thread>

// Testees that are a few lines of Python, most of them bad ones.

namespace testee {
namespace {

namespace asio = boost::asio;
using eventstream::Errc;

/// A command that says hello and runs this program. `answer` writes one line.
std::string python(const std::string& program) {
  return "exec python3 -c \"$(cat <<'END'\n"
         "import json, os, signal, sys\n"
         "def answer(**message): print(json.dumps(message), flush=True)\n"
         "def requests(): return map(json.loads, iter(sys.stdin.readline, ''))\n"
         "answer(testee=1, name='little')\n" +
         program + "\nEND\n)\"";
}

std::string why_lost(const std::function<void()>& action, bool misbehaved) {
  try {
    action();
  } catch (const Lost& lost) {
    EXPECT_EQ(lost.misbehaved(), misbehaved) << lost.what();
    return lost.what();
  }
  return "not lost";
}

std::string why_not_started(const std::string& command, bool misbehaved) {
  return why_lost([&] { const Connection connection(command); }, misbehaved);
}

TEST(Connection, GivesTheHelloAndEachAnswerWhateverTheirOrder) {
  Connection connection(
      python("first, second = json.loads(input()), json.loads(input())\n"
             "answer(id=second['id'], ok='second')\n"
             "answer(id=first['id'], ok=first['do'])\n"));
  EXPECT_EQ(connection.hello()["name"], "little");
  auto first = connection.start({{"do", "something"}});
  auto second = connection.start({{"do", "something else"}});
  EXPECT_EQ(second.second.get()["ok"], "second");
  EXPECT_EQ(first.second.get()["ok"], "something");
}

TEST(Connection, RefusesAHelloThatIsNone) {
  EXPECT_NE(why_not_started("echo hi", true).find("no JSON object: hi"), std::string::npos);
  EXPECT_NE(why_not_started("echo '{}'", true).find("no hello"), std::string::npos);
  EXPECT_NE(why_not_started(R"(echo '{"testee": 2}')", true).find("speaks version 2"),
            std::string::npos);
}

TEST(Connection, TellsHowATesteeEndedAndWhatItSaidLast) {
  const std::string why = why_not_started("echo no such database >&2; exit 3", false);
  EXPECT_NE(why.find("exit code 3"), std::string::npos) << why;
  EXPECT_NE(why.find("no such database"), std::string::npos) << why;
  EXPECT_NE(why_not_started("kill -SEGV $$", false).find("signal 11"), std::string::npos);
}

TEST(Connection, WhoWaitsHearsThatTheTesteeDied) {
  Connection connection(python("input(); input(); os.kill(os.getpid(), 9)"));
  auto waiting = connection.start({{"do", "next"}});
  EXPECT_NE(why_lost([&] { (void)connection.call({{"do", "x"}}); }, false).find("signal 9"),
            std::string::npos);
  EXPECT_NE(why_lost([&] { (void)waiting.second.get(); }, false), "not lost");
  EXPECT_TRUE(connection.loss());
  EXPECT_NE(why_lost([&] { (void)connection.call({{"do", "later"}}); }, false), "not lost");
}

TEST(Connection, AWriteToATesteeThatHasEndedIsNoSignal) {
  // Its answer comes when it can't be written to any more.
  Connection connection(
      python("first = json.loads(input()); os.close(0); answer(id=first['id'], ok=None)"));
  EXPECT_TRUE(connection.call({{"do", "x"}}).contains("ok"));
  EXPECT_NE(why_lost([&] { (void)connection.call({{"do", "y"}}); }, false), "not lost");
}

TEST(Connection, MisbehaviourIsToldFromDeath) {
  const std::vector<std::pair<std::string, std::string>> faults{
      {"input(); print('Traceback: oh no', flush=True); input()", "no JSON object: Traceback"},
      {"input(); answer(id=77, ok=1); input()", "answered what wasn't asked"},
      {"input(); answer(ok=1); input()", "answered what wasn't asked"},
      {"input(); answer(id=1, ok=1); answer(id=1, ok=1); input()", "answered twice"},
      {"input(); sys.stdout.write('x' * (65 << 20)); sys.stdout.flush(); input()", "64 MiB"}};
  for (const auto& [program, reason] : faults) {
    Connection connection(python(program));
    const auto ask = [&] {
      (void)connection.call({{"do", "x"}});
      (void)connection.call({{"do", "y"}});
    };
    EXPECT_NE(why_lost(ask, true).find(reason), std::string::npos) << program;
  }
}

TEST(Connection, AHelloThatIsNestedDeeplyIsRefused) {
  const std::string why = why_not_started(
      "python3 -c \"print('{\\\"x\\\":' + '[' * 200000 + ']' * 200000 + '}')\"", true);
  EXPECT_NE(why.find("nested too deeply"), std::string::npos) << why;
}

// It may have been stopped, or a network may have held its answers back.
TEST(Connection, AnAnswerThatComesTooLateChangesNothing) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::optional<asio::ip::tcp::socket> testee;
  std::thread accepting([&] {
    testee = acceptor.accept();
    asio::write(*testee, asio::buffer(std::string("{\"testee\": 1, \"name\": \"late\"}\n")));
  });
  Connection connection(Endpoint{"127.0.0.1", acceptor.local_endpoint().port()});
  accepting.join();
  EXPECT_NE(why_lost([&] { (void)connection.call({{"do", "x"}}); }, false).find("said nothing"),
            std::string::npos);
  boost::system::error_code broken;
  asio::write(*testee, asio::buffer(std::string("{\"id\": 1, \"ok\": 1}\n")), broken);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  while (std::chrono::steady_clock::now() < until) ASSERT_FALSE(connection.loss()->misbehaved);
}

TEST(Connection, ATesteeThatDoesNotReadHoldsNobodyUp) {
  Connection connection(python("signal.pause()"));
  const std::string large(1 << 20, 'x');
  std::vector<Reply> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(connection.start({{"do", "append"}, {"x", large}}).second);
  EXPECT_FALSE(connection.loss()) << "it is only slow";
}

/// A process that nobody has collected yet doesn't run.
bool runs(int pid) {
  std::string line;
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::getline(status, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.at(name_end + 2) != 'Z';
}

TEST(Connection, TheWholeGroupEnds) {
  int child = 0;
  {
    // The shell's child holds the output open, and must not outlive it.
    const Connection connection(R"(sleep 1000 & echo "{\"testee\": 1, \"child\": $!}"; wait)");
    child = connection.hello().at("child").get<int>();
    EXPECT_TRUE(runs(child));
  }
  while (runs(child)) std::this_thread::yield();  // hangs if it lives on
}

TEST(Messages, AnEnvelopeGoesThereAndBack) {
  eventstream::Envelope envelope;
  envelope.type = eventstream::EventType("A");
  envelope.source_application = {"name", "key"};
  envelope.message_id = "m";
  envelope.causation_id = "c";
  envelope.correlation_id = "r";
  envelope.source_handler = {"h", "k"};
  envelope.source_instance_id = "i";
  envelope.created_at =
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(-1));
  envelope.media_type = "x/y";
  for (int byte = 0; byte < 256; ++byte) envelope.data.push_back(static_cast<char>(byte));
  const Json sent = Json::parse(to_json(envelope).dump());
  const eventstream::Event event = event_from({{"offset", ~0ULL}, {"envelope", sent}});
  EXPECT_EQ(event.offset, ~eventstream::Offset{0});
  EXPECT_EQ(*event.parcel, envelope);
}

TEST(Messages, WhatIsMalformedIsMisbehaviour) {
  const std::vector<Json> events{Json::array(),
                                 {{"offset", 1}},
                                 {{"offset", -1}, {"envelope", Json::object()}},
                                 {{"offset", "1"}, {"envelope", Json::object()}},
                                 {{"offset", 1}, {"envelope", {{"data", "?"}}}},
                                 {{"offset", 1}, {"envelope", {{"type", 7}}}},
                                 {{"offset", 1}, {"envelope", {{"created_at", "now"}}}},
                                 {{"offset", 1}, {"envelope", {{"source_handler", "me"}}}}};
  for (const Json& each : events)
    EXPECT_NE(why_lost([&] { (void)event_from(each); }, true), "not lost") << each;
  for (const Json& each : {Json(), Json(7), Json("7"), Json{{"offset", 7}}})
    EXPECT_NE(why_lost([&] { (void)offsets_from(each); }, true), "not lost") << each;
  EXPECT_NE(why_lost([&] { (void)result_from(Json::object()); }, true), "not lost");
  EXPECT_NE(why_lost([&] { (void)result_from({{"error", 1}}); }, true), "not lost");
}

TEST(Messages, ErrorsAreKinds) {
  EXPECT_EQ(result_from({{"error", "truncated"}}).error(), Errc::truncated);
  EXPECT_EQ(result_from({{"error", "something else"}}).error(), Errc::backend_failure);
}

TEST(TesteeStream, ACancelEndsAPendingNext) {
  const auto connection = std::make_shared<Connection>(
      python("pending = None\n"
             "for request in requests():\n"
             "  if request['do'] != 'next': answer(id=request['id'], ok=None)\n"
             "  elif request['cancelled']: answer(id=request['id'], error='cancelled')\n"
             "  else: pending = request['id']\n"
             "  if request['do'] == 'cancel': answer(id=request['request'], error='cancelled')\n"));
  Stream stream(connection, {.application = {"a", "a"}});
  Cursor cursor = stream.open(0, {eventstream::EventType("A")}).value();
  std::stop_source stop;
  std::thread canceller([&] { stop.request_stop(); });
  EXPECT_EQ(cursor.next(stop.get_token()).error(), Errc::cancelled);
  canceller.join();
  EXPECT_TRUE(cursor.close().has_value());
}

}  // namespace
}  // namespace testee
