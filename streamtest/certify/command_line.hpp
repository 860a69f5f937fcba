#ifndef STREAMTEST_CERTIFY_COMMAND_LINE_HPP
#define STREAMTEST_CERTIFY_COMMAND_LINE_HPP

#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace streamtest {

/// The streams that a binary offers by a scheme of its own: `memory:` makes one of what stands
/// behind the colon. Making throws UsageError if that can't be used.
using Schemes = std::map<std::string, std::function<SubjectFactory(const std::string& rest)>>;

/// A target by its name on the command line: one of the schemes, `plugin:FILE.so[?arguments]`, or
/// the scheme of a plug-in that is installed beside the binary, such as `exec:COMMAND`.
/// Throws UsageError.
Target resolve_target(const std::string& text, const Schemes& schemes);

/// The whole certification binary: parses the command line, runs the command, prints. Returns the
/// exit code: 0 conformant, or all that was selected passed; 1 an unexpected failure; 2 usage or
/// set-up; 3 inconclusive, could not run, or nothing ran; 4 partial. `default_target` is used where
/// the command line names none; empty: it must.
int run_command_line(int argument_count, char** arguments, const Schemes& schemes,
                     const std::string& default_target = {});

/// What the self-test is to do.
struct SelftestRequest {
  std::string gallery;            ///< the plug-in's file; empty: the one beside the binary
  std::vector<std::string> only;  ///< patterns of entries' ids; empty: all
  std::uint64_t seed = 1;         ///< the first
  std::uint64_t seeds = 1;        ///< how many runs of each entry
  bool matrix = false;  ///< mutants are run against every rule, not only against their own
  /// Only mutants whose rule is explored, and only by that; any breach of the rule kills.
  bool explored = false;
  bool json = false;
};

/// The gallery's file, and what is chosen of it.
struct ChosenGallery {
  std::string file;
  std::vector<GalleryEntry> entries;
};

/// Throws UsageError if there is no gallery, or nothing in it matches one of the patterns.
ChosenGallery chosen_gallery(const SelftestRequest& request);

/// What a proxy on the command line is to do.
struct ProxyRequest {
  std::string server;      ///< HOST:PORT
  std::string script;      ///< a file with a FaultScript; empty: it only forwards
  std::uint64_t seed = 1;  ///< of the script's random values
};

/// What the offline checker is to judge, and what the stream may do: its declared capabilities, by
/// their names.
struct CheckRequest {
  std::string file;  ///< a record (streamtest/history/record.hpp), or a counterexample that has one
  std::string truncation = "strict";         ///< strict, held or coarse
  std::optional<std::uint64_t> held_events;  ///< with held; unset: any number
  std::string staleness = "0";               ///< 0, or a duration
  std::string durability = "none";           ///< none, process or machine
  bool sparse_offsets = false;
  bool lenient_cancellation = false;
  bool lazy_type_check = false;
  bool coarse_position = false;
  bool retention = false;
  bool json = false;
};

/// What a replay is to do.
struct ReplayRequest {
  std::string file;            ///< a counterexample that was saved
  std::string target;          ///< instead of the file's; empty: that
  std::string default_target;  ///< where neither names one
  bool as_test = false;        ///< nothing is run: a GoogleTest case that does it is printed
};

/// How `rules` shows them: as text, for machines, as the page of the contract, or as the table in
/// the page of a chapter.
enum class RulesAs { text, json, markdown, table };

/// The commands; each returns the exit code and throws UsageError.
int command_certify(const Target& target, const Options& options, bool list, bool update);
int command_rules(const std::string& pattern, RulesAs as);
int command_verify(const std::string& file);
/// 0 if the record shows no anomaly, else 1.
int command_check(const CheckRequest& request);
int command_smoke(const Target& target);
int command_selftest(const SelftestRequest& request);
int command_gallery(const SelftestRequest& request);
int command_bench(const Target& target, bool json);
/// 1 if it fails again, 0 if it doesn't. Doesn't return if it fails: a thread may be stuck in the
/// stream.
int command_replay(const ReplayRequest& request, const Schemes& schemes);
/// Runs until it is told to end by SIGINT, SIGTERM or SIGHUP.
int command_proxy(const ProxyRequest& request);
/// Becomes the program that serves streams by gRPC, which is installed beside this one: the kit's
/// own needs no gRPC then. Returns only by throwing.
int command_serve(const std::vector<std::string>& arguments);

}  // namespace streamtest

#endif
