#ifndef STREAMTEST_SUBJECT_ENVELOPES_HPP
#define STREAMTEST_SUBJECT_ENVELOPES_HPP

#include <eventstream/envelope.hpp>
#include <eventstream/identity.hpp>
#include <streamtest/subject/vocabulary.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace streamtest {

/// An event of that application that carries the token as the vocabulary says; what isn't the
/// vocabulary's follows from the token.
eventstream::Envelope make_envelope(const Vocabulary& vocabulary,
                                    const eventstream::Identity& application,
                                    const eventstream::EventType& type, const std::string& token,
                                    std::chrono::sys_time<std::chrono::nanoseconds> created_at);

/// Every media type that an event of the kit may have, unless the vocabulary makes others; for a
/// stream whose readers must name what they understand.
const std::vector<std::string>& media_types();

}  // namespace streamtest

#endif
