#ifndef STREAMTEST_SUBJECT_ENVELOPES_HPP
#define STREAMTEST_SUBJECT_ENVELOPES_HPP

#include <eventstream/envelope.hpp>
#include <streamtest/subject/scenario.hpp>
#include <streamtest/subject/vocabulary.hpp>

#include <chrono>
#include <string>

namespace streamtest {

/// An event for a scenario's stream that carries the token as the vocabulary says; what isn't the
/// vocabulary's follows from the token.
eventstream::Envelope make_envelope(const Vocabulary& vocabulary, const Scenario& scenario,
                                    const eventstream::EventType& type, const std::string& token,
                                    std::chrono::sys_time<std::chrono::nanoseconds> created_at);

}  // namespace streamtest

#endif
