// A team of threads that computes one loop at a time: the thread that asks, and helpers that join in if they are awake.
//
// Why not OpenMP: its barrier waits for every thread, also for one that the system has not scheduled yet, and spins for
// milliseconds meanwhile; on a machine shared with others that made each loop as slow as the slowest wake-up. Here nobody
// waits for a helper that has not begun. And macOS's compiler comes without OpenMP.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace siamese {

class Team {
 public:
  // `threads` counts the caller.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(helpers_.size()) + 1; }

  // body(task) for each task in [0, n); returns when all are done, and throws what a body threw. From one thread only; a
  // loop within a loop runs on the thread it is met on.
  template <class Body>
  void run(int64_t n, const Body& body) {
    if (n <= 1 || helpers_.empty() || n > kMostTasks || running_.load(std::memory_order_relaxed)) {
      for (int64_t task = 0; task < n; ++task) body(task);
      return;
    }
    run_job(n, [](const void* context, int64_t task) { (*static_cast<const Body*>(context))(task); }, &body);
  }

 private:
  using Work = void (*)(const void* context, int64_t task);
  static constexpr int64_t kMostTasks = INT32_MAX;

  void run_job(int64_t n, Work work, const void* context);
  void help(bool from_back);
  bool join(uint32_t& seen);
  void leave() { state_.fetch_sub(1, std::memory_order_release); }
  void claim_tasks(bool from_back);
  int64_t claim(bool from_back);
  bool wait_for_job(uint32_t seen);

  // The loop in progress. Written only while the job is closed and no helper is in it.
  Work work_ = nullptr;
  const void* context_ = nullptr;
  std::exception_ptr error_;
  std::mutex error_mutex_;

  // generation (32 bits), open (1 bit), helpers inside (31 bits).
  alignas(64) std::atomic<uint64_t> state_{0};
  // Tasks not yet claimed: first (32 bits), end (32 bits). Half of the threads take from the front, half from the back, so
  // that with equal shares a thread meets the same part of the data in loop after loop.
  alignas(64) std::atomic<uint64_t> range_{0};
  alignas(64) std::atomic<int> asleep_{0};
  std::atomic<bool> running_{false};
  std::atomic<bool> ended_{false};
  std::mutex sleep_mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> helpers_;
};

}  // namespace siamese
