// The solver's update of all parameters in one pass over the arenas: clip, normalise, regularise, update, clear.
#pragma once
#include <cmath>
#include <vector>

#include "../solvers/rules.h"
#include "plan.h"
#include "tensors.h"
#include "update_segments.h"

namespace siamese {

template <class On>
class Update {
 public:
  Update(const Plan& plan, float* params, float* gradients, float* history)
      : solver_(plan.solver),
        size_(plan.param_size),
        w_(params),
        g_(gradients),
        h_(history),
        segments_(update_segments(plan)) {
    with_rule(solver_, 0, [](auto) {});  // refuses an unknown type now, not in the first iteration
    for (const UpdateSegment& segment : segments_) total_ += segment.length;
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
      const float decay = weight_decay * segment.decay_mult * penalty, own_rate = rate * segment.lr_mult;
      const float gradient = kDecaysApart<Rule> ? g[i] * clip * share : g[i] * clip * share + decay;
      float first = h0[i], second = h1[i];
      const float step = rule(gradient, own_rate, first, second);
      const float value = kDecaysApart<Rule> ? step + own_rate * decay : step;
      h0[i] = first;
      if (Rule::kSlots > 1) h1[i] = second;
      w[i] = weight - value;
      g[i] = keep ? value : 0;
    });
  }

  const PlanSolver solver_;
  const int64_t size_;
  float *w_, *g_, *h_;
  const std::vector<UpdateSegment> segments_;
  int64_t total_ = 0;
};

}  // namespace siamese
