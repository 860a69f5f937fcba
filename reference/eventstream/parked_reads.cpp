#include <eventstream/parked_reads.hpp>

#include <utility>
#include <vector>

namespace eventstream::detail {
namespace {

class Service final : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;

  explicit Service(boost::asio::execution_context& context)
      : service(context), reads_(std::make_shared<ParkedReads>()) {}

  const std::shared_ptr<ParkedReads>& reads() const { return reads_; }

 private:
  void shutdown() override { reads_->shut_down(); }

  std::shared_ptr<ParkedReads> reads_;
};

}  // namespace

std::shared_ptr<ParkedReads> ParkedReads::of(boost::asio::execution_context& context) {
  return boost::asio::use_service<Service>(context).reads();
}

void ParkedReads::shut_down() {
  std::vector<std::pair<std::shared_ptr<CursorCore>, std::uint64_t>> parked;
  {
    std::lock_guard lock(mutex_);
    alive_ = false;
    for (ParkedRead* read = first_; read; read = read->next_) {
      if (read->core_) parked.emplace_back(read->core_, read->serial_);
      // Also of a read that a notify has in hand: its post is refused, and it is destroyed when the
      // context is gone.
      read->let_go_of_context();
    }
  }
  // Without the lock: a dropped read takes itself out of the list, and its handler may own the
  // cursor.
  for (const auto& [core, serial] : parked) core->drop_parked(serial);
}

ParkedRead::~ParkedRead() {
  leave();
  if (core_ && serial_ != 0) core_->abandon(serial_);
}

void ParkedRead::enlist(boost::asio::execution_context& context) {
  if (reads_) return;
  reads_ = ParkedReads::of(context);
  std::lock_guard lock(reads_->mutex_);
  next_ = reads_->first_;
  if (next_) next_->previous_ = this;
  reads_->first_ = this;
}

void ParkedRead::leave() {
  if (!reads_) return;
  std::lock_guard lock(reads_->mutex_);
  (previous_ ? previous_->next_ : reads_->first_) = next_;
  if (next_) next_->previous_ = previous_;
}

}  // namespace eventstream::detail
