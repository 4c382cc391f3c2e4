// How the GPU runs iterations: many of them between two looks of the host.
#include "engine.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace siamese {

namespace {

using Mode = RunRequest::Mode;

// Limits of one stretch: what is sent and received for it stays small beside the blobs, and an interrupt is obeyed soon.
constexpr int64_t kMostIterations = 4096;
constexpr int64_t kMostOutputs = int64_t{16} << 20;  // floats
constexpr int64_t kMostRecords = int64_t{4} << 20;   // numbers of them
constexpr int64_t kOutputsInEndPass = 512;           // more than that have a kernel of their own

// SIAMESE_CUDA_RECORD=0: every iteration is computed step by step, so that it shows which call is at fault.
bool recording_is_off() {
  const char* const said = std::getenv("SIAMESE_CUDA_RECORD");
  return said != nullptr && std::strcmp(said, "0") == 0;
}

}  // namespace

CudaEngine::CudaEngine(Plan plan, const EngineOptions& options)
    : EngineOn<OnCuda>(std::move(plan), OnCuda(options), options.seed), sent_control_(1), received_control_(1), sent_keep_(1) {
  for (size_t f = 0; f < feeds_.size(); ++f) {
    auto* const layer = dynamic_cast<Data<OnCuda>*>(feeds_[f].layer);
    if (layer == nullptr) throw LayerError(plan_.feeds[f].layer, "on a GPU only Data takes a feed", LayerError::Fault::kProgram);
    feeders_.emplace_back(layer, plan_.feeds[f].records_per_pass);
  }
  replayable_ = !recording_is_off();
  for (const auto& layer : layers_) replayable_ = replayable_ && layer->replayable();
  if (plan_.has_solver) update_.emplace(on_, plan_, params_.data(), gradients_.data(), history_.data());
  std::vector<LossPart> losses;
  for (const PlanLoss& loss : plan_.losses) {
    const Blob blob = tensors_[loss.tensors];
    losses.push_back({blob.data.data, blob.diff.data, blob.data.count(), static_cast<float>(loss.weight)});
  }
  std::vector<OutputPart> outputs;
  int64_t at = 0;
  for (TensorId id : outputs_) {
    const Tensor output = tensors_[id];
    outputs.push_back({output.data, output.count(), at});
    at += output.count();
  }
  loss_parts_ = DeviceArray<LossPart>(static_cast<int64_t>(losses.size()));
  output_parts_ = DeviceArray<OutputPart>(static_cast<int64_t>(outputs.size()));
  const auto send = [&](void* to, const void* from, size_t bytes) {
    if (bytes > 0) check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, on_.stream()), "sending the plan");
  };
  send(loss_parts_.data(), losses.data(), losses.size() * sizeof(LossPart));
  send(output_parts_.data(), outputs.data(), outputs.size() * sizeof(OutputPart));
  on_.finish();
  made();
}

// What is under way, copies of records too, may use what is about to be freed.
CudaEngine::~CudaEngine() {
  ends();
  cudaDeviceSynchronize();
}

void CudaEngine::set_records(size_t feed, const Records& records) {
  EngineOn<OnCuda>::set_records(feed, records);
  feeders_.at(feed).set_records(on_, records);
}

void CudaEngine::set_mean(size_t feed, std::vector<float> mean) {
  feeders_.at(feed).set_mean(on_, mean);
  EngineOn<OnCuda>::set_mean(feed, std::move(mean));
}

// A layer may have recorded what it was told before.
void CudaEngine::write_state(size_t layer, const std::vector<uint8_t>& state) {
  EngineOn<OnCuda>::write_state(layer, state);
  for (Kind& kind : kinds_) kind.graph = PlayableGraph();
}

RunResult CudaEngine::run(const RunRequest& request) {
  check_request(request);
  const auto start = Clock::now();
  RunResult result;
  on_.finish();  // an earlier run that failed may have left copies from the pinned memory under way
  if (request.mode == Mode::kTrain && request.count > 0) on_.zero(gradients_.data(), gradients_.size());
  const int64_t length = stretch_length(request);
  for (bool cut = false; result.done < request.count && !cut;) {
    result.done += stretch(request, result.done, std::min(length, request.count - result.done), cut);
  }
  result.compute_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return result;
}

int64_t CudaEngine::passes_of(const RunRequest& request) const {
  return request.mode == Mode::kTrain ? plan_.solver.iter_size : 1;
}

int64_t CudaEngine::stretch_length(const RunRequest& request) const {
  int64_t length = std::min(kMostIterations, request.count);
  if (output_count_ > 0) length = std::min(length, std::max<int64_t>(1, kMostOutputs / output_count_));
  for (const PlanFeed& feed : plan_.feeds) {
    const int64_t records = std::max<int64_t>(1, feed.records_per_pass * passes_of(request));
    length = std::min(length, std::max<int64_t>(1, kMostRecords / records));
  }
  return length;
}

// Iterations [from, from + count) of the request, fewer if `cut` by an interrupt. The host asks for them all, waits, and
// looks.
int64_t CudaEngine::stretch(const RunRequest& request, int64_t from, int64_t count, bool& cut) {
  const int64_t passes = passes_of(request);
  send_control(request, from, count);
  for (size_t f = 0; f < feeders_.size(); ++f) {
    const FeedChunk& chunk = request.feeds[f];
    feeders_[f].begin(on_, chunk, chunk.own_records ? chunk.records : feeds_[f].records, from * passes, count * passes,
                      passes);
  }
  int64_t done = 0;
  for (; done < count && !cut; ++done) {
    if (interrupted_) {
      cut = true;  // after this one, whose update stays in the gradients
      sent_keep_.data()[0] = done;
      check(cudaMemcpyAsync(&on_.control().data()->keep, sent_keep_.data(), sizeof(int64_t), cudaMemcpyHostToDevice,
                            on_.stream()),
            "telling of an interrupt");
    }
    for (Feeder& feeder : feeders_) {
      for (int64_t p = 0; p < passes; ++p) feeder.before(on_, done * passes + p);
    }
    iterate(request.mode);
    for (Feeder& feeder : feeders_) {
      for (int64_t p = 0; p < passes; ++p) feeder.after(on_, done * passes + p);
    }
  }
  receive(request, from, done);
  return done;
}

void CudaEngine::send_control(const RunRequest& request, int64_t from, int64_t count) {
  if (capacity_ < count) {
    capacity_ = count;
    for (Kind& kind : kinds_) kind.graph = PlayableGraph();  // they write to the old places
    rates_ = DeviceArray<float>(count);
    stretch_losses_ = DeviceArray<float>(count);
    stretch_outputs_ = DeviceArray<float>(count * output_count_, "outputs");
    sent_rates_ = PinnedArray<float>(count);
    received_losses_ = PinnedArray<float>(count);
    received_outputs_ = PinnedArray<float>(count * output_count_);
  }
  const bool train = request.mode == Mode::kTrain;
  Control control{};
  control.passes = passes_of(request);
  control.first = request.first_iteration + from;
  control.keep = train && from + count == request.count ? count - 1 : -1;
  control.train = train;
  sent_control_.data()[0] = control;
  check(cudaMemcpyAsync(on_.control().data(), sent_control_.data(), sizeof(Control), cudaMemcpyHostToDevice, on_.stream()),
        "sending what to do");
  if (!train) return;
  std::copy_n(request.rates + from, count, sent_rates_.data());
  check(cudaMemcpyAsync(rates_.data(), sent_rates_.data(), static_cast<size_t>(count) * sizeof(float),
                        cudaMemcpyHostToDevice, on_.stream()),
        "sending learning rates");
}

void CudaEngine::iterate(Mode mode) {
  Kind& kind = kinds_[static_cast<int>(mode)];
  if (!kind.ran || !replayable_ || profiling_) {
    const MayWaitForGpu lock(whole_gpu_mutex());
    compute_iteration(mode);
    kind.ran = true;
    return;
  }
  if (!kind.graph || kind.workspace_generation != on_.workspace_generation()) {
    kind.graph = record(mode);
    kind.workspace_generation = on_.workspace_generation();
  }
  check(cudaGraphLaunch(kind.graph.get(), on_.stream()), "playing an iteration");
}

PlayableGraph CudaEngine::record(Mode mode) {
  on_.finish();
  Recording lock(whole_gpu_mutex());
  check(cudaStreamBeginCapture(on_.stream(), cudaStreamCaptureModeThreadLocal), "recording an iteration");
  cudaGraph_t raw = nullptr;
  try {
    compute_iteration(mode);
  } catch (...) {
    cudaStreamEndCapture(on_.stream(), &raw);
    cudaGetLastError();  // of the same cause; the next call must not find it
    Graph unfinished(raw);
    throw;
  }
  check(cudaStreamEndCapture(on_.stream(), &raw), "recording an iteration (SIAMESE_CUDA_RECORD=0 does without)");
  lock.unlock();
  Graph graph(raw);
  cudaGraphExec_t playable = nullptr;
  check(cudaGraphInstantiate(&playable, raw, 0), "preparing a recorded iteration");
  return PlayableGraph(playable);
}

void CudaEngine::compute_iteration(Mode mode) {
  const bool train = mode == Mode::kTrain;
  // An update clears the gradients of the iteration after it.
  if (mode == Mode::kForwardBackward) on_.zero(gradients_.data(), gradients_.size());
  const int64_t passes = train ? plan_.solver.iter_size : 1;
  for (int64_t p = 0; p < passes; ++p) pass(mode != Mode::kForward);
  if (train) update_->step(on_, rates_.data());
}

void CudaEngine::pass(bool backward) {
  for (int64_t index : plan_.forward) compute_layer(index, false);
  end_pass(backward);
  if (!backward) return;
  for (int64_t index : plan_.backward) compute_layer(index, true);
}

void CudaEngine::compute_layer(int64_t index, bool backward) {
  on_.begin_layer(index);
  run_layer(index, backward);
}

void CudaEngine::end_pass(bool backward) {
  Control* const control = on_.control().data();
  const CopyOutputs outputs{output_parts_.data(), output_parts_.size(), output_count_, stretch_outputs_.data(), control};
  const bool small = output_count_ <= kOutputsInEndPass;
  if (!small) on_.for_each(output_count_, outputs);
  launch(on_.stream(), 1, on_.stop(),
         EndPass{loss_parts_.data(), loss_parts_.size(), backward, outputs, small ? output_count_ : 0,
                 stretch_losses_.data(), control});
}

void CudaEngine::receive(const RunRequest& request, int64_t from, int64_t count) {
  const auto fetch = [&](void* to, const void* data, size_t bytes) {
    if (bytes > 0) check(cudaMemcpyAsync(to, data, bytes, cudaMemcpyDeviceToHost, on_.stream()), "reading results");
  };
  fetch(received_control_.data(), on_.control().data(), sizeof(Control));
  const size_t losses = static_cast<size_t>(request.losses ? count : 0);
  const size_t outputs = static_cast<size_t>(request.outputs ? count * output_count_ : 0);
  fetch(received_losses_.data(), stretch_losses_.data(), losses * sizeof(float));
  fetch(received_outputs_.data(), stretch_outputs_.data(), outputs * sizeof(float));
  on_.finish();
  std::copy_n(received_losses_.data(), losses, request.losses + (losses ? from : 0));
  std::copy_n(received_outputs_.data(), outputs, request.outputs + (outputs ? from * output_count_ : 0));
  const Control& control = received_control_.data()[0];
  if (control.stop != kGoOn) explain_stop(control, request.first_iteration + from);
}

void CudaEngine::explain_stop(const Control& control, int64_t first_iteration) {
  // What is asked of the GPU from now on is to be done again.
  check(cudaMemsetAsync(on_.stop(), 0, sizeof(int), on_.stream()), "going on");
  const int64_t iteration = first_iteration + control.pass / control.passes - 1;
  if (control.stop == kDiverged) throw Diverged(iteration, control.value);
  if (control.stop == kNoGradient) throw Diverged(iteration, std::sqrt(control.value), "the norm of the gradients");
  throw LayerError(OnCuda::layer_of(control.site), on_.message(control.site)(control.refused, control.value),
                   LayerError::Fault::kData);
}

}  // namespace siamese
