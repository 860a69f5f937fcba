#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/subject/worker.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace streamtest {
namespace {

constexpr const char* description = R"(Certifies event streams against the numbered contract.

Examples:
  streamtest certify memory:                        the stream in memory, every rule
  streamtest certify plugin:./mystream.so           your stream, packed with STREAMTEST_PLUGIN
  streamtest certify 'exec:python3 mytestee.py'     your stream in another language, by a testee
  streamtest certify memory: --rule 'BLK-*'         one chapter
  streamtest certify memory: --report reports       also report.json and junit.xml
  streamtest replay reports/regressions/BLK-3.next.json     a counterexample, run again
  streamtest rules BLK-3                            one rule explained
  streamtest selftest                               is the kit itself sharp and fair?
  streamtest check reports/regressions/BLK-3.next.json      what its run did, judged once more
  streamtest proxy 127.0.0.1:5432 --script storm    a network that fails as the script says
  streamtest serve memory: --control                a stream behind gRPC, for grpc://HOST:PORT

Exit codes: 0 conformant, 1 a rule failed, 2 usage or set-up, 3 inconclusive or could not run, 4 partial.)";

constexpr std::string_view controlled =
    "Threads under control: while this program explores the orders of a stream's threads it "
    "stands\n"
    "in front of glibc's pthread functions. streamtest-plain, beside the installed one, doesn't.";
constexpr std::string_view free =
    "Threads run free: this program has no control of them, and explores only the orders that the\n"
    "system happens to choose.";

/// What the command line asked for; the subcommands write into it.
struct Request {
  Options options;
  Options child_options;  // apart: CLI11 reads the environment for subcommands that weren't named
                          // as well
  std::string target;
  std::string pattern;
  std::string file;
  SelftestRequest selftest;
  ProxyRequest proxy;
  CheckRequest check;
  ReplayRequest replay;
  bool list = false;
  bool update_known = false;
  bool json = false;
  bool markdown = false;
  bool table = false;
};

void add_selftest(CLI::App& app, Request& request) {
  SelftestRequest& selftest = request.selftest;
  app.add_flag("--json", selftest.json, "For machines");
  app.add_option("--gallery", selftest.gallery, "Another gallery plug-in");
  app.add_flag("--list", request.list, "Only list the gallery");
  app.add_option("--only", selftest.only,
                 "Run or list only the entries that match, such as 'ODD-*' (repeatable)");
  app.add_option("--seed", selftest.seed, "Where every random choice comes from")
      ->capture_default_str();
  app.add_option("--seeds", selftest.seeds,
                 "Run each entry with so many seeds, from --seed on; a hard one may escape once in "
                 "twenty times")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--matrix", selftest.matrix,
               "Run the broken streams against every rule, to see which of them fail")
      ->excludes(app.add_flag(
          "--explored", selftest.explored,
          "Run only the broken streams whose rule is explored, and only by programs of several "
          "actors in many orders: after how many is each found?"));
}

void add_target(CLI::App& app, Request& request, const std::string& default_target) {
  CLI::Option* target = app.add_option(
      "target", request.target,
      "memory:, sqlite:[PATH], plugin:FILE.so[?arguments], exec:COMMAND, tcp:HOST:PORT or "
      "grpc://HOST:PORT");
  if (default_target.empty())
    target->required();
  else
    request.target = default_target;
}

void add_proxy(CLI::App& app, ProxyRequest& proxy) {
  app.add_option("server", proxy.server, "HOST:PORT")->required();
  app.add_option("--script", proxy.script,
                 "A file with one step a line: wait T, cut, refuse, stall, heal, half_close "
                 "to_client|to_server, delay T, limit BYTES, repeat; T such as 20ms or 1s..5s");
  app.add_option("--seed", proxy.seed, "Where the random values of ranges come from")
      ->capture_default_str();
}

void add_check(CLI::App& app, CheckRequest& check) {
  app.footer(
      "Examples:\n"
      "  streamtest check reports/regressions/BLK-3.next.json\n"
      "  streamtest check history.json --truncation held --held-events 10 --staleness 10ms\n\n"
      "Exit codes: 0 nothing found, 1 anomalies, 2 usage or a damaged file.");
  app.add_option("history", check.file,
                 "The record of a run, as JSON; or a counterexample, for the record in it")
      ->required();
  app.add_flag("--json", check.json, "For machines");
  app.add_option("--truncation", check.truncation, "What the stream declares: strict, held, coarse")
      ->check(CLI::IsMember({"strict", "held", "coarse"}))
      ->capture_default_str();
  app.add_option(
      "--held-events", check.held_events,
      "With --truncation held: how many cut events a cursor may still give (any number)");
  app.add_option("--staleness", check.staleness, "How long an acknowledged event may be invisible")
      ->capture_default_str();
  app.add_option("--durability", check.durability, "What it survives: none, process, machine")
      ->check(CLI::IsMember({"none", "process", "machine"}))
      ->capture_default_str();
  app.add_flag("--sparse-offsets", check.sparse_offsets, "Offsets rise, but not by one");
  app.add_flag("--lenient-cancellation", check.lenient_cancellation,
               "A cancelled read may give a ready event");
  app.add_flag("--lazy-type-check", check.lazy_type_check,
               "Unsupported types are told by the first read");
  app.add_flag("--coarse-position", check.coarse_position, "Cursors only know what they delivered");
  app.add_flag("--retention", check.retention, "It truncates by itself");
}

void add_replay(CLI::App& app, ReplayRequest& replay, const std::string& default_target) {
  app.add_option("file", replay.file, "regressions/RULE.*.json of a report")->required();
  app.add_option("target", replay.target,
                 "Another target than the file's, such as one that is mended");
  app.add_flag("--gtest", replay.as_test,
               "Run nothing: print a GoogleTest case that replays it, for tests of your own");
  replay.default_target = default_target;
  app.footer(R"(
Example:
  streamtest certify plugin:./mystream.so --report reports      fails BLK-3 and says so
  streamtest replay reports/regressions/BLK-3.next.json         the same program in the same order
  streamtest replay reports/regressions/BLK-3.next.json --gtest > blk_3_test.cpp

Exit codes: 0 it no longer fails, 1 it fails again, 2 the file or the target can't be used, 3 it could not be run.)");
}

void add_commands(CLI::App& app, Request& request, const std::string& default_target) {
  CLI::App* certify =
      app.add_subcommand("certify", "Run every rule against a stream and give the verdict");
  add_target(*certify, request, default_target);
  add_options(*certify, request.options);
  certify->add_flag("--list", request.list, "Only list the rules that would run");
  certify->add_flag("--update-known", request.update_known,
                    "Write the list of known failures anew: what passes goes, what fails comes");

  CLI::App* rules =
      app.add_subcommand("rules", "The catalogue, or the rules that match a pattern explained");
  rules->add_option("pattern", request.pattern, "A rule's id or a pattern such as 'TRN-*'");
  rules->add_flag("--json", request.json, "For machines");
  CLI::Option* markdown =
      rules->add_flag("--markdown", request.markdown, "As the documentation's page of all rules");
  rules->add_flag("--table", request.table, "As the table in the documentation of a chapter")
      ->excludes(markdown);

  CLI::App* verify = app.add_subcommand(
      "verify", "Check that a report.json is complete and its verdict follows from it");
  verify->add_option("report", request.file, "The file")->required();

  add_check(
      *app.add_subcommand("check", "Find what a recorded run shows that the contract forbids"),
      request.check);

  CLI::App* smoke =
      app.add_subcommand("smoke", "Five calls that show whether a harness is wired at all");
  add_target(*smoke, request, default_target);

  CLI::App* selftest =
      app.add_subcommand("selftest", "Run the gallery of broken and of odd but correct streams");
  add_selftest(*selftest, request);

  CLI::App* bench =
      app.add_subcommand("bench", "Throughput, wake-up latency and the cost of a waiting cursor");
  add_target(*bench, request, default_target);
  bench->add_flag("--json", request.json, "For machines");

  add_replay(
      *app.add_subcommand("replay", "Run a saved counterexample of generated programs again"),
      request.replay, default_target);

  add_proxy(*app.add_subcommand("proxy",
                                "Stand before a server as a network that fails, until interrupted"),
            request.proxy);
  // What stands behind it, --help as well, is for the program that it becomes.
  CLI::App* serve =
      app.add_subcommand("serve", "Serve a stream by gRPC, for clients and suites in any language");
  serve->set_help_flag();
  serve->prefix_command();

  CLI::App* child =
      app.add_subcommand("run-rules", "The part that runs in a child process")->group("");
  add_target(*child, request, default_target);
  add_options(*child, request.child_options);
  child->add_option("--sharing", request.child_options.sharing);
  child->add_option_function<std::int64_t>("--late", [&request](std::int64_t nanoseconds) {
    request.child_options.late = std::chrono::nanoseconds(nanoseconds);
  });
  child->add_option("--regressions", request.child_options.regressions);
  child->add_flag("--explored", request.child_options.explored);

  CLI::App* worker =
      app.add_subcommand("run-worker", "A process that is killed to see what a crash leaves")
          ->group("");
  add_target(*worker, request, default_target);
}

int dispatch(const CLI::App& chosen, const Request& request, const Schemes& schemes) {
  const std::string& command = chosen.get_name();
  if (command == "rules")
    return command_rules(request.pattern, request.markdown ? RulesAs::markdown
                                          : request.table  ? RulesAs::table
                                          : request.json   ? RulesAs::json
                                                           : RulesAs::text);
  if (command == "verify") return command_verify(request.file);
  if (command == "check") return command_check(request.check);
  if (command == "selftest" && request.list) return command_gallery(request.selftest);
  if (command == "selftest") return command_selftest(request.selftest);
  if (command == "proxy") return command_proxy(request.proxy);
  if (command == "serve") return command_serve(chosen.remaining());
  if (command == "replay") return command_replay(request.replay, schemes);
  // A target may start processes of its own.
  if (command == "run-rules" || command == "run-worker") begin_child();
  const Target target = resolve_target(request.target, schemes);
  if ((command == "smoke" || command == "bench") && target.factory.role != Role::stream)
    throw UsageError(fmt::format("{} is for streams, and {} is a {}", command, target.factory.name,
                                 to_string(target.factory.role)));
  if (command == "smoke") return command_smoke(target);
  if (command == "bench") return command_bench(target, request.json);
  if (command == "run-worker") return run_worker(target.factory);
  if (command == "run-rules") return run_rules_child(target, request.child_options);
  (void)request.options.settings();  // a wrong duration is told before anything runs
  return command_certify(target, request.options, request.list, request.update_known);
}

/// CLI11 says of a mistyped subcommand only that one is missing.
void check_subcommand(const CLI::App& app, std::string_view word) {
  if (word.empty() || word.starts_with('-')) return;
  std::vector<std::string> known;
  for (const CLI::App* each : app.get_subcommands({})) {
    if (each->get_name() == word) return;
    if (!each->get_group().empty()) known.push_back(each->get_name());
  }
  throw UsageError(
      fmt::format("'{}' is no subcommand; there are {}", word, fmt::join(known, ", ")));
}

}  // namespace

Target resolve_target(const std::string& text, const Schemes& schemes) {
  const std::size_t colon = text.find(':');
  const std::string scheme = text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  if (scheme == "plugin" && colon != std::string::npos) return load_plugin(rest);
  const auto found = schemes.find(scheme);
  if (found == schemes.end() || colon == std::string::npos) {
    if (std::optional<Target> installed = load_scheme(text)) return *std::move(installed);
    if (text.ends_with(".so"))
      throw UsageError(
          fmt::format("target '{}' is not known; did you mean plugin:{}?", text, text));
    std::string known = "plugin:FILE.so";
    for (const auto& entry : schemes) known += fmt::format(", {}:", entry.first);
    throw UsageError(
        fmt::format("target '{}' is not known; known are {}, and exec:COMMAND, tcp:HOST:PORT, "
                    "grpc://HOST:PORT and the like, if exec.so, tcp.so or grpc.so is in "
                    "../lib/streamtest beside the binary",
                    text, known));
  }
  Target target;
  target.text = text;
  target.arguments = rest;
  target.factory = found->second(rest);
  return target;
}

int run_command_line(int argument_count, char** arguments, const Schemes& schemes,
                     const std::string& default_target) {
  CLI::App app(description);
  app.name("streamtest");
  app.set_version_flag("--version",
                       fmt::format("streamtest {} ({}), {}", kit_version(), kit_commit(),
                                   has_control() ? "threads under control" : "threads run free"));
  app.require_subcommand(1);
  Request request;
  add_commands(app, request, default_target);
  app.footer(has_control() ? std::string(controlled) : std::string(free));
  try {
    check_environment();
    if (argument_count > 1) check_subcommand(app, arguments[1]);
    app.parse(argument_count, arguments);
    return dispatch(*app.get_subcommands().front(), request, schemes);
  } catch (const CLI::ParseError& error) {
    // --help and --version end here as well, with 0; every mistake with 2.
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "streamtest: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "streamtest: %s\n", error.what());
    return 3;
  }
}

}  // namespace streamtest
