// One net, ready to run: the interface that the addon drives, whatever the backend.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "feed.h"
#include "plan.h"

namespace siamese {

struct FeedChunk {
  const int32_t* order = nullptr;  // passes x records_per_pass
  const int32_t* crops = nullptr;  // three per entry of order, or null; more on these in Feed
  const float* warps = nullptr;         // warp_size per entry, or null
  int64_t warp_size = 0;                // kMapSize or kBentWarpSize
  const float* label_shifts = nullptr;  // one per entry, or null
  bool own_records = false;        // order counts into `records` instead of the resident set
  Records records;
};

struct RunRequest {
  enum class Mode { kTrain, kForward, kForwardBackward };
  Mode mode = Mode::kForward;
  int64_t count = 0;
  int64_t first_iteration = 0;
  std::vector<FeedChunk> feeds;
  const float* rates = nullptr;  // kTrain: count of them
  float* losses = nullptr;       // count, or null
  float* outputs = nullptr;      // count x output_count(), or null
};

struct RunResult {
  int64_t done = 0;
  double compute_ms = 0;
};

// An exception of a layer, with the layer's number in the plan.
struct LayerError : std::runtime_error {
  // kData: the data were wrong, not the program: the layer threw std::runtime_error or std::domain_error.
  enum class Fault { kProgram, kData, kDevice };
  LayerError(int64_t index, const std::string& message, Fault whose)
      : std::runtime_error(message), layer(index), fault(whose) {}
  int64_t layer;
  Fault fault;
};

// What a GPU, its driver or its libraries refuse: no such device, no memory left, a call that fails.
struct DeviceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The loss of a training pass, or a gradient, is no number. Nothing was updated.
struct Diverged : std::runtime_error {
  Diverged(int64_t at, float value, const std::string& what = "loss")
      : std::runtime_error(what + " is " + std::to_string(value) + " at iteration " + std::to_string(at)), iteration(at) {}
  int64_t iteration;
};

enum class ArenaName { kParam, kGradient, kHistory };

class Engine {
 public:
  virtual ~Engine() = default;

  // Blocks until done; everything else may only be called while it is not running, except interrupt().
  virtual RunResult run(const RunRequest& request) = 0;
  // Stops the run after the iteration in progress. arm() before a run forgets earlier interrupts.
  void interrupt() { interrupted_ = true; }
  void arm() { interrupted_ = false; }

  // `records` and what they point to must outlive their use. Throws if the feed's layer cannot take them.
  virtual void set_records(size_t feed, const Records& records) = 0;
  virtual void set_mean(size_t feed, std::vector<float> mean) = 0;

  // Elements of a tensor now: fewer than its shape says where a layer lets fewer items through.
  virtual int64_t count(TensorId tensor) const = 0;
  // Whole tensors, in NCHW order at `floats`.
  virtual void read(TensorId tensor, float* floats) = 0;
  virtual void write(TensorId tensor, const float* floats) = 0;
  // The history of a learnable parameter, in NCHW order.
  virtual void read_history(size_t param, int64_t slot, float* floats) = 0;
  virtual void write_history(size_t param, int64_t slot, const float* floats) = 0;

  virtual int64_t arena_size(ArenaName arena) const = 0;
  virtual void read_arena(ArenaName arena, float* floats) = 0;
  virtual void write_arena(ArenaName arena, const float* floats) = 0;

  virtual std::vector<uint8_t> read_state(size_t layer) = 0;
  virtual void write_state(size_t layer, const std::vector<uint8_t>& state) = 0;

  // Nanoseconds per layer, all forward then all backward, since the last call.
  virtual std::vector<double> profile(bool on) = 0;

  virtual const Plan& plan() const = 0;
  virtual int threads() const = 0;
  // Floats that one pass adds to RunRequest::outputs.
  virtual int64_t output_count() const = 0;

 protected:
  std::atomic<bool> interrupted_{false};
};

struct EngineOptions {
  enum class Precision { kFp32, kTf32, kBf16 };
  int threads = 0;   // 0: one per core that this process may use
  uint64_t seed = 0;
  // Of a GPU:
  int gpu = 0;
  Precision precision = Precision::kFp32;
  bool fast = false;  // algorithms whose sums have no fixed order are allowed
  // Where measured choices of algorithms are kept from run to run; empty: nowhere.
  std::string algorithm_cache;
};

std::unique_ptr<Engine> make_cpu_engine(Plan plan, const EngineOptions& options);

}  // namespace siamese
