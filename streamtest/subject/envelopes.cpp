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
    envelope.media_type = media_types().front();
    envelope.data = token;
  }
  envelope.type = type;
  envelope.message_id = envelope.causation_id = envelope.correlation_id = token;
  envelope.source_application = application;
  envelope.created_at = created_at;
  return envelope;
}

const std::vector<std::string>& media_types() {
  static const std::vector<std::string> types{
      "text/plain; charset=utf-8", "application/octet-stream",
      "application/vnd.test+json; version=1", "application/vnd.test+json; version=\"2 or 3\""};
  return types;
}

}  // namespace streamtest
