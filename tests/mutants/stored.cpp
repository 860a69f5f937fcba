#include "harness.hpp"
#include "record_file.hpp"
#include "stored_defect.hpp"

#include <algorithm>
#include <fstream>

namespace mutants::stored {

namespace {

/// The stand-in, filled from a file when it is opened; what is appended is written there first.
class Harness {
 public:
  static streamtest::Capabilities capabilities() {
    return {.durability = streamtest::Durability::process,
            .damage_detection = true,
            .max_event_size = max_event_size};
  }
  static constexpr bool attaches = true;

  Harness(const streamtest::Scenario& scenario, const Entry& entry)
      : scenario_(scenario),
        defect_(entry.defect),
        tells_offsets_(entry.tells_offsets),
        path_(scenario.folder / (scenario.unique_name + ".events")) {
    reopen();
  }

  Stream& stream() { return *stream_; }

  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    const std::lock_guard lock(mutex_);
    if (const std::optional<Errc> refused = check(batch)) return *refused;
    // B99: readers get it before it is safe.
    const bool read_first = defect_ == Defect::read_before_written;
    Result<Offset> first = read_first ? publish(batch) : Offset{};
    if (read_first) let_others_in();
    if (!batch.empty()) file_->write(batch);
    if (!read_first) first = publish(batch);
    if (first && !tells_offsets_) return streamtest::Offsets();
    return streamtest::consecutive(first, batch.size());
  }

  void reopen() {
    close();
    file_.emplace(path_, defect_);
    stream_.emplace(std::make_shared<Backend>(), scenario_);
    for (const Batch& batch : file_->batches()) static_cast<void>(publish(batch).value());
  }

  void damage(streamtest::Damage kind, std::uint64_t choice) {
    close();
    const std::uintmax_t size = std::filesystem::file_size(path_);
    if (size == 0) return;
    if (kind == streamtest::Damage::torn_tail)
      return std::filesystem::resize_file(path_,
                                          size - 1 - choice % std::min<std::uintmax_t>(size, 100));
    std::fstream bytes(path_, std::ios::in | std::ios::out | std::ios::binary);
    const auto place = static_cast<std::streamoff>(choice % size);
    bytes.seekg(place);
    const int byte = bytes.get();
    bytes.seekp(place);
    bytes.put(static_cast<char>(byte ^ 0x10));
  }

 private:
  void close() {
    stream_.reset();
    file_.reset();
  }
  Result<Offset> publish(std::span<const Parcel> batch) { return stream_->append(batch); }
  std::optional<Errc> check(std::span<const Parcel> batch) const {
    for (const Parcel& parcel : batch) {
      if (!scenario_.event_types.contains(parcel->type)) return Errc::unsupported_event_type;
      if (parcel->data.size() > max_event_size) return Errc::too_large;
    }
    return std::nullopt;
  }

  const streamtest::Scenario scenario_;
  const Defect defect_;
  const bool tells_offsets_;
  const std::filesystem::path path_;
  std::mutex mutex_;
  std::optional<RecordFile> file_;
  std::optional<Stream> stream_;
};

Entry mutant(const char* id, const char* rule, Defect defect, const char* phrase,
             const char* sentence) {
  return {{id, "file", rule, phrase, sentence, false}, defect};
}

}  // namespace

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      mutant("O-48", "DUR-2", Defect::acknowledged_before_written, "was acknowledged at offset",
             "append is acknowledged before the write left the process's buffer"),
      mutant("X-DUR-3", "DUR-3", Defect::read_before_written, "was given to a reader at offset",
             "readers are given an event before it is written"),
      mutant("O-49", "DUR-4", Defect::appends_behind_torn_tail,
             "can't be opened|was acknowledged at offset",
             "recovery stops at the torn tail but appends behind it"),
      mutant("X-DUR-4", "DUR-4", Defect::torn_tail_empties_the_file,
             "was acknowledged at offset|to a reader before a crash",
             "recovery from a torn tail begins with an empty stream"),
      mutant("X-DUR-5", "DUR-5", Defect::damage_ends_the_scan, "is stuck|where another event stood",
             "a record that fails its checksum is taken for the end"),
      {{"CONTROL-D", "file", "", "", "the stand-in over a file, without a defect", true}},
      {{"ODD-stored", "file", "", "", "the same, and it doesn't tell its offsets", true},
       Defect::none,
       false},
  };
  return list;
}

streamtest::SubjectFactory make(const Entry& entry) {
  return streamtest::make_factory<Harness>(entry.shown.id,
                                           [entry](const streamtest::Scenario& scenario) {
                                             return std::make_unique<Harness>(scenario, entry);
                                           });
}

}  // namespace mutants::stored
