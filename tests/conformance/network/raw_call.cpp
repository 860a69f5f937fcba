#include "raw_call.hpp"

#include "process.hpp"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace network {
namespace {

using Clock = std::chrono::system_clock;

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  static_cast<void>(buffer.Dump(&slices));
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

class Performance {
 public:
  Performance(const std::shared_ptr<grpc::Channel>& channel, const CallPlan& plan)
      : plan_(plan), stub_(channel) {
    if (plan.deadline) context_.set_deadline(begin_ + *plan.deadline);
    call_ = stub_.PrepareCall(&context_, plan.method, &queue_);
  }

  ~Performance() {
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
  }

  CallOutcome run() {
    begin(started);
    call_->StartCall(&steps_[started]);
    if (await(started)) {
      send();
      if (plan_.read) read();
    }
    if (plan_.enough || !plan_.read) cancel();
    begin(finished);
    call_->Finish(&outcome_.status, &steps_[finished]);
    await(finished);
    for (const Step step : {written, half_closed, answered})
      if (steps_[step].pending) await(step);
    return std::move(outcome_);
  }

 private:
  enum Step : std::uint8_t { started, written, half_closed, answered, finished };
  struct State {
    bool pending = false;
    bool ok = false;
  };

  void begin(Step step) { steps_[step] = {.pending = true}; }

  void send() {
    for (std::size_t i = 0; i < plan_.messages.size(); ++i) {
      if (i > 0 && !await(written)) return;
      begin(written);
      call_->Write(buffer_of(plan_.messages[i]), &steps_[written]);
    }
    if (!plan_.half_close) return;
    // The server reads one message: what comes behind a giant second one would wait for ever.
    if (plan_.messages.size() > 1) return;
    if (plan_.messages.size() == 1 && !await(written)) return;
    begin(half_closed);
    call_->WritesDone(&steps_[half_closed]);
  }

  void read() {
    while (!plan_.enough || outcome_.answers.size() < *plan_.enough) {
      begin(answered);
      call_->Read(&answer_, &steps_[answered]);
      if (!await(answered)) return;
      outcome_.answers.push_back(bytes_of(answer_));
    }
  }

  void cancel() {
    outcome_.cancelled = true;
    context_.TryCancel();
  }

  /// Whether the step succeeded, once it is over.
  bool await(Step step) {
    const Clock::time_point hangs = Clock::now() + hang_bound;
    while (steps_[step].pending) {
      const bool cancels = plan_.cancel && !outcome_.cancelled;
      void* tag = nullptr;
      bool ok = false;
      const auto until = cancels ? std::min(hangs, begin_ + *plan_.cancel) : hangs;
      if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT)
        *static_cast<State*>(tag) = {.ok = ok};
      else if (cancels)
        cancel();
      else
        throw CallHangs(outcome_.cancelled ? "the call goes on though it was cancelled"
                                           : "the call neither ends nor gives what it should");
    }
    return steps_[step].ok;
  }

  const CallPlan& plan_;
  const Clock::time_point begin_ = Clock::now();
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer answer_;
  std::array<State, 5> steps_;
  CallOutcome outcome_;
};

}  // namespace

CallOutcome perform(const std::shared_ptr<grpc::Channel>& channel, const CallPlan& plan) {
  auto performance = std::make_unique<Performance>(channel, plan);
  try {
    return performance->run();
  } catch (const CallHangs&) {
    // It can't be ended: that is what hangs.
    static_cast<void>(performance.release());
    throw;
  }
}

}  // namespace network
