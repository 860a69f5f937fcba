#include "record_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mutants::stored {

namespace {

using eventstream::Envelope;
using eventstream::EventType;
using eventstream::Identity;
using eventstream::Parcel;

/// In front of each record.
struct Head {
  std::uint64_t length = 0;
  std::uint64_t body_checksum = 0;
  std::uint64_t head_checksum = 0;

  std::uint64_t checksum() const { return XXH64(this, 2 * sizeof(std::uint64_t), 1); }
};

class Writer {
 public:
  void add(std::uint64_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void add(const std::string& text) {
    add(text.size());
    bytes += text;
  }
  void add(const Identity& identity) {
    add(identity.name());
    add(identity.key());
  }
  void add(const Envelope& envelope) {
    add(envelope.type.name());
    add(envelope.source_application);
    add(envelope.message_id);
    add(envelope.causation_id);
    add(envelope.correlation_id);
    add(envelope.source_handler);
    add(envelope.source_instance_id);
    add(static_cast<std::uint64_t>(envelope.created_at.time_since_epoch().count()));
    add(envelope.media_type);
    add(envelope.data);
  }

  std::string bytes;
};

/// Reads what a Writer wrote; its bytes have passed their checksum.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.empty(); }
  std::uint64_t number() {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_.remove_prefix(sizeof number);
    return number;
  }
  std::string text() {
    const std::uint64_t size = number();
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  Identity identity() {
    std::string name = text();
    return {std::move(name), text()};
  }
  Envelope envelope() {
    Envelope envelope;
    envelope.type = EventType(text());
    envelope.source_application = identity();
    envelope.message_id = text();
    envelope.causation_id = text();
    envelope.correlation_id = text();
    envelope.source_handler = identity();
    envelope.source_instance_id = text();
    envelope.created_at = std::chrono::sys_time<std::chrono::nanoseconds>(
        std::chrono::nanoseconds(static_cast<std::int64_t>(number())));
    envelope.media_type = text();
    envelope.data = text();
    return envelope;
  }

 private:
  std::string_view bytes_;
};

std::string record_of(std::span<const Parcel> batch) {
  Writer body;
  for (const Parcel& parcel : batch) body.add(*parcel);
  Head head{.length = body.bytes.size(),
            .body_checksum = XXH64(body.bytes.data(), body.bytes.size(), 0)};
  head.head_checksum = head.checksum();
  std::string record(sizeof head, '\0');
  std::memcpy(record.data(), &head, sizeof head);
  return record + body.bytes;
}

}  // namespace

RecordFile::RecordFile(std::filesystem::path file, Defect defect)
    : file_(std::move(file)), defect_(defect) {
  std::ifstream stored(file_, std::ios::binary);
  recover({std::istreambuf_iterator<char>(stored), {}});
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw std::runtime_error("can't open " + file_.string());
}

RecordFile::~RecordFile() {
  flush();
  ::close(descriptor_);
}

void RecordFile::recover(const std::string& bytes) {
  std::size_t place = 0;
  while (bytes.size() - place >= sizeof(Head)) {
    Head head;
    std::memcpy(&head, bytes.data() + place, sizeof head);
    const std::string_view rest = std::string_view(bytes).substr(place + sizeof head);
    const bool sound = head.head_checksum == head.checksum();
    if (sound && rest.size() < head.length) {  // torn
      if (defect_ == Defect::torn_tail_empties_the_file) place = 0;
      break;
    }
    if (!sound || XXH64(rest.data(), head.length, 0) != head.body_checksum) {
      // B98: what fails its checksum is taken for the end.
      if (defect_ == Defect::damage_ends_the_scan) break;
      throw std::runtime_error(file_.string() + " is damaged at " + std::to_string(place));
    }
    Batch batch;
    for (Reader reader(rest.substr(0, head.length)); !reader.at_end();)
      batch.emplace_back(reader.envelope());
    batches_.push_back(std::move(batch));
    place += sizeof head + head.length;
  }
  if (place == 0) batches_.clear();
  // B100: the torn record stays, and what is appended now stands behind it.
  if (defect_ == Defect::appends_behind_torn_tail) return;
  if (place < bytes.size()) std::filesystem::resize_file(file_, place);
}

void RecordFile::write(std::span<const Parcel> batch) {
  buffer_ += record_of(batch);
  // B96: it is written when enough has come together.
  if (defect_ == Defect::acknowledged_before_written && buffer_.size() < 65536) return;
  flush();
}

void RecordFile::flush() {
  if (buffer_.empty()) return;
  const ssize_t written = ::write(descriptor_, buffer_.data(), buffer_.size());
  if (written != static_cast<ssize_t>(buffer_.size()))
    throw std::runtime_error("can't write " + file_.string());
  buffer_.clear();
}

}  // namespace mutants::stored
