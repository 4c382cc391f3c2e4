// A team of threads that computes one loop at a time.
#include "team.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace siamese {

namespace {

constexpr uint64_t kOpen = uint64_t{1} << 31;
constexpr uint64_t kInside = kOpen - 1;
// How long a helper looks for the next loop before it sleeps: longer than the gaps within an iteration, much shorter than
// anything a user of the machine would notice. Waking a sleeper costs the caller a few microseconds.
constexpr std::chrono::microseconds kAwake{300};
constexpr int kPausesPerYield = 100;  // about 2 microseconds

uint32_t generation(uint64_t state) { return static_cast<uint32_t>(state >> 32); }

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins, and now and then offers the core to whoever else wants it, until done() or the time is up.
template <class Done>
bool spin(std::chrono::microseconds limit, Done done) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    for (int i = 0; i < kPausesPerYield; ++i) {
      if (done()) return true;
      pause_core();
    }
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::yield();
  }
}

}  // namespace

Team::Team(int threads) {
  try {
    for (int i = 1; i < threads; ++i) helpers_.emplace_back([this, i] { help(i % 2 == 1); });
  } catch (const std::system_error&) {
    // The system gives no more threads: the team is as large as it got.
  }
}

Team::~Team() {
  {
    std::lock_guard<std::mutex> lock(sleep_mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void Team::run_job(int64_t n, Work work, const void* context) {
  running_.store(true, std::memory_order_relaxed);
  work_ = work;
  context_ = context;
  range_.store(static_cast<uint64_t>(n), std::memory_order_relaxed);
  const uint64_t next = (static_cast<uint64_t>(generation(state_.load(std::memory_order_relaxed)) + 1) << 32) | kOpen;
  state_.store(next);  // sequentially consistent, as the load below: either we see the sleeper, or it sees the job
  if (asleep_.load() > 0) {
    std::lock_guard<std::mutex> lock(sleep_mutex_);
    wake_.notify_all();
  }
  claim_tasks(false);
  state_.fetch_and(~kOpen, std::memory_order_acq_rel);  // late helpers stay out
  while (!spin(kAwake, [this] { return (state_.load(std::memory_order_acquire) & kInside) == 0; })) {
  }
  running_.store(false, std::memory_order_relaxed);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Team::help(bool from_back) {
  uint32_t seen = 0;
  for (;;) {
    if (join(seen)) {
      claim_tasks(from_back);
      leave();
    } else if (!wait_for_job(seen)) {
      return;
    }
  }
}

// Enters the open job, if it is another than the last one seen.
bool Team::join(uint32_t& seen) {
  uint64_t state = state_.load();
  while ((state & kOpen) && generation(state) != seen) {
    if (state_.compare_exchange_weak(state, state + 1)) {
      seen = generation(state);
      return true;
    }
  }
  return false;
}

// False when the team ends.
bool Team::wait_for_job(uint32_t seen) {
  const auto due = [this, seen] {
    const uint64_t state = state_.load();
    return ((state & kOpen) && generation(state) != seen) || ended_.load();
  };
  if (!spin(kAwake, due)) {
    std::unique_lock<std::mutex> lock(sleep_mutex_);
    ++asleep_;
    if (!due()) wake_.wait(lock);  // once: the job we were woken for may be over, but the next one is near
    --asleep_;
  }
  return !ended_;
}

void Team::claim_tasks(bool from_back) {
  try {
    for (int64_t task = claim(from_back); task >= 0; task = claim(from_back)) work_(context_, task);
  } catch (...) {
    range_.store(0, std::memory_order_relaxed);  // nobody need go on
    std::lock_guard<std::mutex> lock(error_mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

// -1 when none is left.
int64_t Team::claim(bool from_back) {
  uint64_t range = range_.load(std::memory_order_relaxed);
  for (;;) {
    const uint64_t first = range >> 32, end = range & UINT32_MAX;
    if (first >= end) return -1;
    const uint64_t rest = from_back ? (first << 32) | (end - 1) : ((first + 1) << 32) | end;
    if (range_.compare_exchange_weak(range, rest, std::memory_order_relaxed)) {
      return static_cast<int64_t>(from_back ? end - 1 : first);
    }
  }
}

}  // namespace siamese
