// The solver's update of all parameters in one pass over the arenas: clip, normalise, regularise, update, clear.
#pragma once
#include <cmath>
#include <vector>

#include "../solvers/rules.h"
#include "plan.h"
#include "tensors.h"

namespace siamese {

// One learnable parameter's floats, the same in the param, gradient and history arenas.
struct UpdateSegment {
  int64_t offset;
  int64_t length;
  float lr_mult;
  float decay_mult;
};

template <class On>
class Update {
 public:
  Update(const Plan& plan, float* params, float* gradients, float* history)
      : solver_(plan.solver), size_(plan.param_size), w_(params), g_(gradients), h_(history) {
    with_rule(solver_, 0, [](auto) {});  // refuses an unknown type now, not in the first iteration
    for (const PlanParam& param : plan.params) {
      if (!param.learnable) continue;
      float* bases[3] = {nullptr, w_, g_};
      const Tensor data = bind_tensor(plan.tensors[static_cast<size_t>(param.tensors.data)], bases);
      if (data.count() == 0) continue;
      const int64_t length = (data.rows - 1) * data.pitch + data.cols;
      segments_.push_back({data.data - w_, length, static_cast<float>(param.lr_mult), static_cast<float>(param.decay_mult)});
      total_ += length;
    }
  }

  // The gradients are the sums over iter_size passes. Afterwards the gradient arena holds zeros, ready for the next
  // iteration, or if `keep` the values subtracted, as Caffe leaves them in diff.
  void step(On& on, float rate, int64_t iteration, bool keep) {
    with_rule(solver_, iteration, [&](auto rule) { apply(on, rule, rate, keep); });
  }

 private:
  // Caffe clips the sum of the passes, before it divides by iter_size.
  float clip_scale(On& on) const {
    const float limit = static_cast<float>(solver_.clip_gradients);
    if (!(limit > 0)) return 1;
    const float norm = static_cast<float>(std::sqrt(on.sum_of_squares(g_, size_)));
    return norm > limit ? limit / norm : 1;
  }

  template <class Rule>
  void apply(On& on, const Rule rule, float rate, bool keep) {
    const float clip = clip_scale(on), share = 1.0f / static_cast<float>(solver_.iter_size);
    const float weight_decay = static_cast<float>(solver_.weight_decay);
    const bool l1 = solver_.l1;
    float *const w = w_, *const g = g_, *const h0 = h_, *const h1 = Rule::kSlots > 1 ? h_ + size_ : h_;
    on.for_each_in(segments_, total_, [=] SIAMESE_HD(const UpdateSegment& segment, int64_t i) {
      const float weight = w[i];
      const float penalty = l1 ? static_cast<float>((weight > 0) - (weight < 0)) : weight;
      const float gradient = g[i] * clip * share + weight_decay * segment.decay_mult * penalty;
      float first = h0[i], second = h1[i];
      const float value = rule(gradient, rate * segment.lr_mult, first, second);
      h0[i] = first;
      if (Rule::kSlots > 1) h1[i] = second;
      w[i] = weight - value;
      g[i] = keep ? value : 0;
    });
  }

  const PlanSolver solver_;
  const int64_t size_;
  float *w_, *g_, *h_;
  std::vector<UpdateSegment> segments_;
  int64_t total_ = 0;
};

}  // namespace siamese
