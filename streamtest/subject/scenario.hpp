#ifndef STREAMTEST_SUBJECT_SCENARIO_HPP
#define STREAMTEST_SUBJECT_SCENARIO_HPP

#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace streamtest {

class Runtime;

/// What the kit asks a harness for: a fresh, empty stream. A plain value; the harness may keep a
/// copy.
struct Scenario {
  /// Who the stream's application() must be (IDN-1).
  eventstream::Identity application;
  /// What its event_types() must contain (TYP-1).
  eventstream::EventTypeSet event_types;
  /// Never used before on this machine or in this run: letters, digits and dashes, at most 60
  /// characters. Name whatever the stream is stored in by it, so that runs don't meet.
  std::string unique_name;
  /// A folder of the kit's for what the stream stores in files: it is there, and is removed later
  /// with all that is in it. The scenarios of one process may share one. A folder that is named
  /// like unique_name is this stream's alone: what is in there will be damaged, or left by a
  /// process that is killed.
  std::filesystem::path folder;
  /// The stream was made by a process that is no more, with all else equal: open what it stored,
  /// instead of a fresh one. Asked only of a harness that says `attaches`. Who is killed removes
  /// nothing, so the end of this one removes what both stored; processes that were started for the
  /// stream end with it by themselves.
  bool existing = false;
  /// Which of the harness's variants() to make; empty if it has none.
  std::string variant;
  /// What stood behind the `?` of `plugin:FILE.so?…`; an address, say.
  std::string arguments;
  /// The executor and the clock on which a harness that claims `deterministic` lets its stream
  /// live, and any other one may; used by including <streamtest/subject/runtime.hpp>, which brings
  /// in Asio. Always there for a harness of a stream, never for one of a handler or a consumer.
  std::shared_ptr<Runtime> runtime = {};
};

}  // namespace streamtest

#endif
