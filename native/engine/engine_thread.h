// The one thread on which an engine lives: it makes it, runs it, reads it, so one team of threads and one device context do.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace siamese {

class EngineThread {
 public:
  EngineThread() : thread_([this] { loop(); }) {}
  ~EngineThread() {
    post(nullptr);
    thread_.join();
  }
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

  // Runs `job` there, after what was posted before. It must not throw.
  void post(std::function<void()> job) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_; });
    job_ = std::move(job);
    waiting_ = true;
    changed_.notify_all();
  }

  // Runs `job` there and waits for it; what it throws is thrown here.
  void call(const std::function<void()>& job) {
    std::exception_ptr error;
    bool done = false;
    post([&] {
      try {
        job();
      } catch (...) {
        error = std::current_exception();
      }
      std::lock_guard<std::mutex> lock(mutex_);
      done = true;
      changed_.notify_all();
    });
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return done; });
    lock.unlock();
    if (error) std::rethrow_exception(error);
  }

 private:
  void loop() {
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return waiting_; });
      const std::function<void()> job = std::move(job_);
      job_ = nullptr;
      waiting_ = false;
      changed_.notify_all();
      lock.unlock();
      if (!job) return;
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
  bool waiting_ = false;
  std::thread thread_;
};

}  // namespace siamese
