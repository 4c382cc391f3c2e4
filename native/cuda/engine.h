// The engine on a GPU. The first iteration of each kind is computed step by step, which lets libraries choose their
// algorithms; from the second on it is one recorded graph, played without the host: read run() and stretch().
#pragma once
#include <optional>

#include "../engine/engine_on.h"
#include "feeder.h"
#include "pass_end.h"
#include "update.h"
#include "whole_gpu.h"

namespace siamese {

class CudaEngine final : private HeldAtBothEnds, public EngineOn<OnCuda> {
 public:
  CudaEngine(Plan plan, const EngineOptions& options);
  ~CudaEngine() override;

  RunResult run(const RunRequest& request) override;
  void set_records(size_t feed, const Records& records) override;
  void set_mean(size_t feed, std::vector<float> mean) override;
  void write_state(size_t layer, const std::vector<uint8_t>& state) override;

 private:
  // What run() does for one request.
  struct Kind {
    bool ran = false;  // step by step, at least once
    PlayableGraph graph;
    int64_t workspace_generation = -1;
  };

  int64_t passes_of(const RunRequest& request) const;
  int64_t stretch_length(const RunRequest& request) const;
  int64_t stretch(const RunRequest& request, int64_t from, int64_t count, bool& cut);
  void send_control(const RunRequest& request, int64_t from, int64_t count);
  void iterate(RunRequest::Mode mode);
  void compute_iteration(RunRequest::Mode mode);
  void pass(bool backward);
  void compute_layer(int64_t index, bool backward);
  void end_pass(bool backward);
  PlayableGraph record(RunRequest::Mode mode);
  void receive(const RunRequest& request, int64_t from, int64_t count);
  void explain_stop(const Control& control, int64_t first_iteration);

  std::vector<Feeder> feeders_;
  Kind kinds_[3];  // by mode
  bool replayable_ = true;
  std::optional<CudaUpdate> update_;
  DeviceArray<LossPart> loss_parts_;
  DeviceArray<OutputPart> output_parts_;
  // Of a stretch, on the GPU and, pinned, here.
  int64_t capacity_ = 0;
  DeviceArray<float> rates_, stretch_losses_, stretch_outputs_;
  PinnedArray<float> sent_rates_, received_losses_, received_outputs_;
  PinnedArray<Control> sent_control_, received_control_;
  PinnedArray<int64_t> sent_keep_;
};

}  // namespace siamese
