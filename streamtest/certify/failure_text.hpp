#ifndef STREAMTEST_CERTIFY_FAILURE_TEXT_HPP
#define STREAMTEST_CERTIFY_FAILURE_TEXT_HPP

#include <streamtest/history/history.hpp>
#include <streamtest/rules/rule.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// The whole text of a failure: rule, sentence, what was seen, history, usual causes, how to see it
/// again.
std::string failure_text(const Rule& rule, std::string_view heading, std::string_view seen,
                         const std::vector<Operation>& history, std::string_view reproduce);

/// What was seen, out of such a text: the part that is the failure's own. A text of another shape
/// is given back whole.
std::string what_was_seen(std::string_view text);

/// The text as one word of a shell's command line.
std::string shell_word(std::string_view text);

}  // namespace streamtest

#endif
