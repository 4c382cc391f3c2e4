// The solver's update on a GPU: one kernel over the whole parameter arena, whose learning rate and iteration are read from
// GPU memory, so that one recording serves every iteration. What it computes is engine/update.h's.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "../engine/update_segments.h"
#include "../solvers/rules.h"
#include "on_cuda.h"

namespace siamese {

// A part of a learnable parameter, for one block.
struct UpdatePiece {
  int64_t offset, length;
  float lr_mult, decay_mult;
};

template <class Rule>
struct UpdateProgram {
  const UpdatePiece* pieces;
  const Control* control;
  const float* rates;
  SolverStep step;
  float weight_decay, clip, share;
  bool l1;
  float *w, *g, *h0, *h1;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    const UpdatePiece piece = pieces[block.index];
    const int64_t iteration = control->pass / control->passes - 1;  // its passes are counted already
    SolverStep now = step;
    now.iteration = control->first + iteration;
    const Rule rule(now);
    const float rate = rates[iteration] * piece.lr_mult;
    const bool keep = control->keep == iteration;
    // Caffe clips the sum of the passes, before it divides by iter_size.
    const float norm = clip > 0 ? static_cast<float>(std::sqrt(control->squares)) : 0;
    const float scale = clip > 0 && norm > clip ? clip / norm : 1.0f;
    block.each([&](int thread) {
      for (int64_t i = piece.offset + thread; i < piece.offset + piece.length; i += Block::kThreads) {
        const float weight = w[i];
        const float penalty = l1 ? static_cast<float>((weight > 0) - (weight < 0)) : weight;
        const float decay = weight_decay * piece.decay_mult * penalty;
        const float gradient = kDecaysApart<Rule> ? g[i] * scale * share : g[i] * scale * share + decay;
        float first = h0[i], second = h1[i];
        const float step_by = rule(gradient, rate, first, second);
        const float value = kDecaysApart<Rule> ? step_by + rate * decay : step_by;
        h0[i] = first;
        if (Rule::kSlots > 1) h1[i] = second;
        w[i] = weight - value;
        g[i] = keep ? value : 0;
      }
    });
  }
};

class CudaUpdate {
 public:
  CudaUpdate(OnCuda& on, const Plan& plan, float* params, float* gradients, float* history)
      : solver_(plan.solver), size_(plan.param_size), w_(params), g_(gradients), h_(history) {
    std::vector<UpdatePiece> pieces;
    for (const UpdateSegment& segment : update_segments(plan)) {
      for (int64_t at = 0; at < segment.length; at += kPiece) {
        pieces.push_back({segment.offset + at, std::min(kPiece, segment.length - at), segment.lr_mult, segment.decay_mult});
      }
    }
    pieces_ = DeviceArray<UpdatePiece>(static_cast<int64_t>(pieces.size()));
    if (pieces.empty()) return;
    check(cudaMemcpyAsync(pieces_.data(), pieces.data(), pieces.size() * sizeof(UpdatePiece), cudaMemcpyHostToDevice,
                          on.stream()),
          "sending the table of parameters");
    on.finish();
  }

  // `rates`, in GPU memory, has one for each iteration of the stretch.
  void step(OnCuda& on, const float* rates) {
    const float clip = static_cast<float>(solver_.clip_gradients);
    Control* const control = on.control().data();
    if (clip > 0) {
      const float* const g = g_;
      on.sum_of_all(
          size_, [=] SIAMESE_HD(int64_t, int64_t k) { return static_cast<double>(g[k]) * g[k]; },
          [=] SIAMESE_HD(int64_t, double sum) {
            control->squares = sum;
            if (sum - sum == 0) return;
            control->stop = kNoGradient;  // the update is not made
            control->value = static_cast<float>(sum);
          });
    }
    with_rule(solver_, 0, [&](auto rule) {
      using Rule = decltype(rule);
      const UpdateProgram<Rule> program{pieces_.data(),
                                        control,
                                        rates,
                                        SolverStep(solver_, 0),
                                        static_cast<float>(solver_.weight_decay),
                                        clip,
                                        1.0f / static_cast<float>(solver_.iter_size),
                                        solver_.l1,
                                        w_,
                                        g_,
                                        h_,
                                        Rule::kSlots > 1 ? h_ + size_ : h_};
      launch(on.stream(), pieces_.size(), on.stop(), program);
    });
  }

 private:
  static constexpr int64_t kPiece = 1024;  // 4 floats a thread

  const PlanSolver solver_;
  const int64_t size_;
  float *w_, *g_, *h_;
  DeviceArray<UpdatePiece> pieces_;
};

}  // namespace siamese
