// Keeps apart what CUDA does not allow together, in whatever threads: a stream that records, and calls that wait for the whole
// GPU, which end the recording (CUDA C++ Programming Guide, "Prohibited and Unhandled Operations"). cudnnDestroy and
// cublasDestroy are such calls, and what else libraries do when they start or measure nobody promises.
#pragma once
#include <mutex>
#include <shared_mutex>

namespace siamese {

inline std::shared_mutex& whole_gpu_mutex() {
  static std::shared_mutex mutex;
  return mutex;
}

// Held where an engine is made, computes step by step, or ends.
using MayWaitForGpu = std::shared_lock<std::shared_mutex>;
// Held while a stream records, which takes milliseconds.
using Recording = std::unique_lock<std::shared_mutex>;

// The base of an engine: held until its constructor is through, and again while all that it has is destroyed.
class HeldAtBothEnds {
 protected:
  HeldAtBothEnds() : lock_(whole_gpu_mutex()) {}
  void made() { lock_.unlock(); }
  void ends() { lock_.lock(); }

 private:
  MayWaitForGpu lock_;
};

}  // namespace siamese
