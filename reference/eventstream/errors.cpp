#include <eventstream/errors.hpp>

#include <array>
#include <string>

namespace eventstream {
namespace {

struct Entry {
  Errc code;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array entries{
    Entry{Errc::cursor_closed, "cursor_closed", "the cursor is closed"},
    Entry{Errc::truncated, "truncated", "the next event may lie in a truncated part of the stream"},
    Entry{Errc::cancelled, "cancelled", "the caller cancelled the operation"},
    Entry{Errc::not_yet, "not_yet", "no matching event is there yet"},
    Entry{Errc::timed_out, "timed_out", "the deadline passed before a matching event came"},
    Entry{Errc::busy, "busy", "another read is pending on this cursor"},
    Entry{Errc::unsupported_event_type, "unsupported_event_type",
          "an event type that the stream does not support"},
    Entry{Errc::no_event_types, "no_event_types", "the filter holds no event type"},
    Entry{Errc::invalid_argument, "invalid_argument", "an argument is not valid"},
    Entry{Errc::conflict, "conflict", "the expected offset is not the next one"},
    Entry{Errc::unknown_outcome, "unknown_outcome", "it is unknown whether the append took effect"},
    Entry{Errc::too_large, "too_large", "the event or the batch is over the limit"},
    Entry{Errc::backend_failure, "backend_failure", "the store or the peer failed"},
    Entry{Errc::damaged, "damaged", "the stored data is damaged"},
    Entry{Errc::skipped, "skipped", "a run of events that do not match was skipped"},
};

const Entry* find(int value) noexcept {
  for (const Entry& entry : entries)
    if (static_cast<int>(entry.code) == value) return &entry;
  return nullptr;
}

class Category final : public boost::system::error_category {
 public:
  // An id of its own makes two copies of this library in one process (a program and its plug-in)
  // agree.
  constexpr Category() noexcept : error_category(0x5d3c6a91e7f20b48ULL) {}

  const char* name() const noexcept override { return "eventstream"; }

  std::string message(int value) const override {
    const Entry* entry = find(value);
    return entry ? std::string(entry->sentence)
                 : "unknown eventstream error " + std::to_string(value);
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    if (value == static_cast<int>(Errc::cancelled)) return boost::system::errc::operation_canceled;
    if (value == static_cast<int>(Errc::timed_out)) return boost::system::errc::timed_out;
    return {value, *this};
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

boost::system::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

std::string_view to_string(Errc code) noexcept {
  const Entry* entry = find(static_cast<int>(code));
  return entry ? entry->name : "unknown";
}

}  // namespace eventstream
