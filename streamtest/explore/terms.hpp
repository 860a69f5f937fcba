#ifndef STREAMTEST_EXPLORE_TERMS_HPP
#define STREAMTEST_EXPLORE_TERMS_HPP

#include <streamtest/explore/model.hpp>
#include <streamtest/subject/trial.hpp>

#include <string>
#include <vector>

namespace streamtest {

/// Puts what a trial's stream said into the model's terms. The trial must outlive it.
class Terms {
 public:
  explicit Terms(const Trial& trial);

  const std::vector<std::string>& type_names() const { return type_names_; }
  Known known(const Logged& event) const;
  /// What a read that has returned came to.
  Seen outcome(Pending& read) const;
  static Seen failure(const boost::system::error_code& error);

 private:
  std::size_t index_of(const eventstream::EventType& type) const;
  std::string content(const eventstream::Parcel& parcel) const;

  const Trial* trial_;
  std::vector<std::string> type_names_;
};

/// True if the read returns within that time, which need not be the trial's patience.
bool returns_within(Trial& trial, Pending& read, std::chrono::nanoseconds patience);

}  // namespace streamtest

#endif
