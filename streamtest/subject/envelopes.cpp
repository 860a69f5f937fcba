#include <streamtest/subject/envelopes.hpp>

namespace streamtest {

eventstream::Envelope make_envelope(const Vocabulary& vocabulary,
                                    const eventstream::Identity& application,
                                    const eventstream::EventType& type, const std::string& token,
                                    std::chrono::sys_time<std::chrono::nanoseconds> created_at) {
  eventstream::Envelope envelope;
  if (vocabulary.make) {
    envelope = vocabulary.make(type, token);
  } else {
    envelope.media_type = "text/plain; charset=utf-8";
    envelope.data = token;
  }
  envelope.type = type;
  envelope.message_id = envelope.causation_id = envelope.correlation_id = token;
  envelope.source_application = application;
  envelope.created_at = created_at;
  return envelope;
}

}  // namespace streamtest
