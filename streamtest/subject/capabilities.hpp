#ifndef STREAMTEST_SUBJECT_CAPABILITIES_HPP
#define STREAMTEST_SUBJECT_CAPABILITIES_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace streamtest {

/// How a stream treats events that were cut while a cursor holds them (contract, D4).
enum class Truncation {
  none,    ///< it can't be truncated
  strict,  ///< after truncate(b) returned no cursor delivers an offset < b
  held,  ///< a cursor open before may deliver up to Capabilities::held_events cut events it had in
         ///< hand
  coarse,  ///< it may retain more than asked for, and reports the real first offset
};

/// What a crash may take (DUR-2).
enum class Durability {
  none,     ///< everything
  process,  ///< nothing, if the process is killed
  machine,  ///< nothing, if the machine fails; printed as declared, not verified
};

/// What a stream claims, beyond the core that every stream keeps. Declared by its harness, checked,
/// and printed on the certificate under the names used here (contract, D9). A plain value; the
/// default claims nothing.
///
///     static streamtest::Capabilities capabilities() {
///       return {.truncation = streamtest::Truncation::strict, .conditional_append = true};
///     }
struct Capabilities {
  Truncation truncation = Truncation::none;
  /// With `held`: how many cut events a cursor may still deliver; unset means any number.
  std::optional<std::uint64_t> held_events = {};
  /// It truncates by itself. Nothing tells it how many events to keep: make it keep what a case
  /// appends. `truncated` is then accepted where nothing was cut on request (contract, D4).
  bool retention = false;
  /// Its cursors only know what they delivered, so a truncation may be told to one that waits at
  /// the end (D5).
  bool coarse_position = false;
  Durability durability = Durability::none;
  /// Changed bytes in the store are noticed (DUR-5).
  bool damage_detection = false;
  /// Offsets increase, but not by one (D16).
  bool sparse_offsets = false;
  /// next may return a ready event although its token has asked to stop (D1).
  bool lenient_cancellation = false;
  /// Unsupported event types are told by the first next, not by open (OPN-4).
  bool lazy_type_check = false;
  /// append can be told the offset that it must get (APP-5).
  bool conditional_append = false;
  /// The largest event in bytes of data (PAY-2); unset: it has no limit that anyone will meet.
  std::optional<std::uint64_t> max_event_size = {};
  std::optional<std::uint64_t> max_batch_events = {};
  std::optional<std::uint64_t> max_batch_bytes = {};
  std::optional<std::uint64_t> max_filter_types = {};  ///< the kit needs 3
  std::optional<std::uint64_t> max_cursors = {};       ///< at once; the kit needs 4
  /// How long an acknowledged event may take to become visible (D11); 0: a non-blocking read sees
  /// it at once.
  std::chrono::milliseconds staleness{0};
  /// Destroying the stream with open cursors is defined (LIF-3).
  bool cursors_outlive_stream = false;
  /// The harness offers a second stream on the same backend (IDN-2).
  bool twin = false;
  /// It runs on the Scenario's executor and clock and on nothing else, so that the kit can choose
  /// the order of its handlers.
  bool deterministic = false;
};

/// `wanted`, or fewer events if a batch of the kit's short ones can't have as many. At least 1.
std::size_t batch_limit(const Capabilities& capabilities, std::size_t wanted);

std::string to_string(Truncation truncation);
std::string to_string(Durability durability);

/// Every declared capability as (name, value), in the order above; what is not declared is left
/// out.
std::vector<std::pair<std::string, std::string>> declared(const Capabilities& capabilities);

}  // namespace streamtest

#endif
