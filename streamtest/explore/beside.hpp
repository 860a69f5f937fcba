#ifndef STREAMTEST_EXPLORE_BESIDE_HPP
#define STREAMTEST_EXPLORE_BESIDE_HPP

#include <streamtest/explore/model.hpp>
#include <streamtest/explore/terms.hpp>
#include <streamtest/subject/bench.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace streamtest {

/// Another application's stream on the same backend (hook `twin`), with an appender and a model of
/// its own: nothing that is done with the first stream may be seen here, and the reverse.
class Beside {
 public:
  /// The first stream must outlive it. Throws what the harness throws.
  Beside(Bench& bench, Trial& of);

  std::optional<Breach> append(const std::vector<std::size_t>& types);
  /// A fresh cursor must give all that was appended. A read that takes longer than `usual` is
  /// stuck.
  std::optional<Breach> read(std::chrono::nanoseconds usual);
  bool has_events() const { return !model_.log().empty(); }
  /// The first stream was closed and opened anew.
  void neighbour_reopened();
  /// The next append is one that another, between two reopenings, came before.
  bool was_kept() const { return kept_; }

 private:
  std::unique_ptr<Trial> trial_;
  Terms terms_;
  Model model_;
  bool reopened_ = false;
  bool appended_ = false;  ///< since the other stream was reopened
  bool kept_ = false;
};

}  // namespace streamtest

#endif
