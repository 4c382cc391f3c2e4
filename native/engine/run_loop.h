// The loop over iterations that the host drives: each layer in turn, then the loss, the way back, and the update.
#pragma once
#include <cmath>
#include <optional>

#include "engine_on.h"
#include "update.h"

namespace siamese {

template <class On>
class RunLoop final : public EngineOn<On> {
 public:
  RunLoop(Plan plan, On on, uint64_t seed) : EngineOn<On>(std::move(plan), std::move(on), seed) {
    if (plan_.has_solver) update_.emplace(plan_, params_.data(), gradients_.data(), history_.data());
  }

  RunResult run(const RunRequest& request) override;

 private:
  using EngineOn<On>::plan_;
  using EngineOn<On>::on_;
  using EngineOn<On>::params_;
  using EngineOn<On>::gradients_;
  using EngineOn<On>::history_;
  using EngineOn<On>::tensors_;
  using EngineOn<On>::feeds_;
  using EngineOn<On>::outputs_;
  using EngineOn<On>::output_count_;
  using EngineOn<On>::interrupted_;
  using EngineOn<On>::run_layer;
  using typename EngineOn<On>::Clock;

  float pass(const RunRequest& request, int64_t number, bool backward);
  void feed_layers(const RunRequest& request, int64_t pass);
  float loss();
  void copy_outputs(float* to);

  std::optional<Update<On>> update_;
};

template <class On>
RunResult RunLoop<On>::run(const RunRequest& request) {
  this->check_request(request);
  const auto start = Clock::now();
  const bool train = request.mode == RunRequest::Mode::kTrain, backward = request.mode != RunRequest::Mode::kForward;
  const int64_t passes = train ? plan_.solver.iter_size : 1;
  RunResult result;
  for (bool last = request.count == 0; !last; ++result.done) {
    last = result.done + 1 == request.count || interrupted_;
    // An update clears the gradients of the iteration after it.
    if (backward && (!train || result.done == 0)) on_.zero(gradients_.data(), gradients_.size());
    float loss = 0;
    for (int64_t i = 0; i < passes; ++i) loss += pass(request, result.done * passes + i, backward);
    loss /= static_cast<float>(passes);
    if (request.losses) request.losses[result.done] = loss;
    if (request.outputs) copy_outputs(request.outputs + result.done * output_count_);
    if (!train) continue;
    const int64_t iteration = request.first_iteration + result.done;
    if (!std::isfinite(loss)) throw Diverged(iteration, loss);
    update_->step(on_, request.rates[result.done], iteration, last);
  }
  result.compute_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return result;
}

template <class On>
float RunLoop<On>::pass(const RunRequest& request, int64_t number, bool backward) {
  feed_layers(request, number);
  for (int64_t index : plan_.forward) run_layer(index, false);
  const float value = loss();
  if (!backward) return value;
  for (const PlanLoss& loss : plan_.losses) {
    if (loss.tensors.diff >= 0) on_.fill(tensors_[loss.tensors.diff], static_cast<float>(loss.weight));
  }
  for (int64_t index : plan_.backward) run_layer(index, true);
  return value;
}

template <class On>
void RunLoop<On>::feed_layers(const RunRequest& request, int64_t pass) {
  for (size_t f = 0; f < feeds_.size(); ++f) {
    const FeedChunk& chunk = request.feeds[f];
    const int64_t at = pass * plan_.feeds[f].records_per_pass;
    feeds_[f].layer->set_feed({chunk.own_records ? chunk.records : feeds_[f].records,
                               feeds_[f].mean.empty() ? nullptr : feeds_[f].mean.data(), chunk.order + at,
                               chunk.crops ? chunk.crops + 3 * at : nullptr,
                               chunk.warps ? chunk.warps + chunk.warp_size * at : nullptr, chunk.warp_size,
                               chunk.label_shifts ? chunk.label_shifts + at : nullptr});
  }
}

template <class On>
float RunLoop<On>::loss() {
  double total = 0;
  for (const PlanLoss& loss : plan_.losses) total += loss.weight * on_.sum(tensors_[loss.tensors.data]);
  return static_cast<float>(total);
}

template <class On>
void RunLoop<On>::copy_outputs(float* to) {
  for (TensorId output : outputs_) {
    const Tensor there = tensors_[output];
    const int64_t room = tensors_.whole(output).count();
    if (there.count() > 0) on_.read(there, to);
    std::fill(to + there.count(), to + room, 0.0f);  // items that no layer let through
    to += room;
  }
}

}  // namespace siamese
