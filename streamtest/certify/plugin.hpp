#ifndef STREAMTEST_CERTIFY_PLUGIN_HPP
#define STREAMTEST_CERTIFY_PLUGIN_HPP

#include <streamtest/subject/harness.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A stream packed for the binary: a shared object with one C symbol.
///
///     #include <streamtest/certify/plugin.hpp>
///     STREAMTEST_PLUGIN("mystream", MyHarness)
///
///     streamtest certify plugin:./mystream.so
///     streamtest certify 'plugin:./mystream.so?some arguments'      (they reach the harness as
///     Scenario::arguments)
///
/// Build it with the compiler and the kit's version that built the binary: both are compared,
/// because C++ types cross the border. The same line, linked with streamtest::main, makes a
/// certification binary of its own.

#define STREAMTEST_VERSION "0.1.0"

#if defined(__clang__)
#define STREAMTEST_COMPILER "clang"
#else
#define STREAMTEST_COMPILER "gcc"
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STREAMTEST_SANITIZER "thread"
#elif __has_feature(address_sanitizer)
#define STREAMTEST_SANITIZER "address"
#endif
#elif defined(__SANITIZE_THREAD__)
#define STREAMTEST_SANITIZER "thread"
#elif defined(__SANITIZE_ADDRESS__)
#define STREAMTEST_SANITIZER "address"
#endif
#ifndef STREAMTEST_SANITIZER
#define STREAMTEST_SANITIZER "none"
#endif

#define STREAMTEST_TEXT_(value) #value
#define STREAMTEST_TEXT(value) STREAMTEST_TEXT_(value)

/// What must be equal in the binary and the plug-in.
#define STREAMTEST_ABI                                      \
  "streamtest " STREAMTEST_VERSION ", " STREAMTEST_COMPILER \
  ", libstdc++ " STREAMTEST_TEXT(__GLIBCXX__) ", sanitizer " STREAMTEST_SANITIZER

namespace streamtest {

/// What a plug-in's symbol gives. `abi` stays the first member for ever, so that any version can
/// read it.
struct Plugin {
  const char* abi;
  const char* name;
  SubjectFactory (*make)(const std::string& arguments);
};

/// Where a target comes from: the binary's own streams, or a plug-in.
struct Target {
  std::string text;       ///< as named on the command line
  std::string arguments;  ///< for Scenario::arguments
  std::shared_ptr<void>
      library;  ///< keeps the plug-in loaded; before `factory`, whose code lives in it
  SubjectFactory factory;
};

/// Loads a plug-in: "FILE.so" or "FILE.so?arguments". Throws UsageError if the file is missing, is
/// no plug-in, or was built with another kit or compiler.
Target load_plugin(const std::string& text);

/// Loads the plug-in whose name is the scheme of "SCHEME:REST", which is found as find_plugin()
/// does; all of the rest are its arguments. Empty if there is none; throws as load_plugin().
std::optional<Target> load_scheme(const std::string& text);

/// The plug-in with this name that is installed beside the binary: `../lib/streamtest/NAME.so` as
/// seen from it. Empty if there is none.
std::string find_plugin(const std::string& name);

/// The same for any file: `../lib/streamtest/NAME`.
std::string find_installed(const std::string& name);

/// One entry of the gallery plug-in: a stream that must be caught or, if `odd`, must not be
/// accused.
struct GalleryEntry {
  std::string id;      ///< "O-18"; the plug-in's argument that selects it
  std::string base;    ///< what it is a variant of
  std::string rule;    ///< the rule that must be among those that fail; empty for an odd stream
  std::string phrase;  ///< what the failure's text must contain
  std::string defect;  ///< what is wrong or odd about it, in a sentence
  bool odd = false;
  bool hard = false;  ///< only a rare interleaving shows it: the self-test takes longer over it
};

/// Loads the entries of a gallery. Throws UsageError as load_plugin does.
std::vector<GalleryEntry> load_gallery(const std::string& file);

}  // namespace streamtest

/// Defines the symbol of a plug-in; once, in one source file, at namespace scope.
#define STREAMTEST_PLUGIN(name, Harness) \
  STREAMTEST_PLUGIN_FACTORY(             \
      name, [](const std::string&) { return streamtest::make_factory<Harness>(name); })

/// The same for a plug-in that makes its factory of the target's arguments, by a function; it may
/// throw UsageError.
#define STREAMTEST_PLUGIN_FACTORY(name, function)                             \
  extern "C" __attribute__((visibility("default"))) const streamtest::Plugin* \
  streamtest_plugin() {                                                       \
    static const streamtest::Plugin plugin{STREAMTEST_ABI, name, function};   \
    return &plugin;                                                           \
  }                                                                           \
  static_assert(true, "a semicolon may follow")

#endif
