#ifndef NETWORKSTREAM_OFFER_HPP
#define NETWORKSTREAM_OFFER_HPP

#include <grpcpp/support/status.h>
#include <networkstream/served.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>

// What a server offers, and who reads it. Internal to the library.

namespace networkstream {

/// A call that reads and can be ended from outside, from any thread.
class Reading {
 public:
  virtual void end() = 0;

 protected:
  ~Reading() = default;
};

/// One application's stream while it is served. Thread-safe.
class Offer {
 public:
  explicit Offer(Served served) : served_(std::move(served)) {}

  const Served& served() const { return served_; }

  /// Ends every call that reads, and those to come.
  void end(const grpc::Status& why);
  /// What end() was told; nothing as long as it is served.
  std::optional<grpc::Status> ended() const;

  /// Registers a call until it says that it is gone; one that comes too late is ended at once.
  void add(Reading& reading);
  void remove(Reading& reading);

 private:
  const Served served_;
  mutable std::mutex mutex_;
  // A call that is being ended is not gone yet: remove() waits for that.
  std::set<Reading*> readings_;
  std::optional<grpc::Status> ended_;
};

/// A call is registered with its offer for as long as this lives; both live longer. Made when the
/// rest of the call is there, for it may be ended at once.
class Registration {
 public:
  Registration(Offer& offer, Reading& reading) : offer_(&offer), reading_(&reading) {
    offer.add(reading);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { offer_->remove(*reading_); }

 private:
  Offer* offer_;
  Reading* reading_;
};

/// Every application of a server, by its key. Thread-safe.
class Offers {
 public:
  /// Instead of what was offered under this key before, whose calls end.
  void set(const std::string& application_key, Served served);
  bool remove(const std::string& application_key);
  /// Ends all; nothing can be found any more.
  void stop();

  /// The offer, or why there is none.
  std::variant<std::shared_ptr<Offer>, grpc::Status> find(const std::string& application_key) const;

 private:
  mutable std::mutex mutex_;
  bool stopped_ = false;
  std::map<std::string, std::shared_ptr<Offer>, std::less<>> offers_;
};

}  // namespace networkstream

#endif
