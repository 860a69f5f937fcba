#include <networkstream/offer.hpp>
#include <networkstream/status.hpp>

#include <utility>

namespace networkstream {

void Offer::end(const grpc::Status& why) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = why;
  for (Reading* reading : readings_) reading->end();
}

std::optional<grpc::Status> Offer::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void Offer::add(Reading& reading) {
  const std::lock_guard lock(mutex_);
  readings_.insert(&reading);
  if (ended_) reading.end();
}

void Offer::remove(Reading& reading) {
  const std::lock_guard lock(mutex_);
  readings_.erase(&reading);
}

void Offers::set(const std::string& application_key, Served served) {
  auto offer = std::make_shared<Offer>(std::move(served));
  std::shared_ptr<Offer> before;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    before = std::exchange(offers_[application_key], std::move(offer));
  }
  if (before) before->end(status::replaced());
}

bool Offers::remove(const std::string& application_key) {
  std::shared_ptr<Offer> before;
  {
    const std::lock_guard lock(mutex_);
    const auto found = offers_.find(application_key);
    if (found == offers_.end()) return false;
    before = std::move(found->second);
    offers_.erase(found);
  }
  before->end(status::replaced());
  return true;
}

void Offers::stop() {
  std::map<std::string, std::shared_ptr<Offer>, std::less<>> before;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    before = std::move(offers_);
    offers_.clear();
  }
  for (const auto& [key, offer] : before) offer->end(status::stopping());
}

std::variant<std::shared_ptr<Offer>, grpc::Status> Offers::find(
    const std::string& application_key) const {
  const std::lock_guard lock(mutex_);
  if (stopped_) return status::stopping();
  if (application_key.empty()) return status::no_application_key();
  const auto found = offers_.find(application_key);
  if (found == offers_.end()) return status::unrecognized_application(application_key);
  return found->second;
}

}  // namespace networkstream
