// The solver's update of all parameters in one pass over the arenas: clip, normalise, regularise, update, clear.
#pragma once
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "../solvers/rules.h"
#include "engine.h"
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
    for (const UpdateSegment& segment : segments_) {
      total_ += segment.length;
      for (int64_t at = 0; at < segment.length; at += kPiece) {
        pieces_.push_back({segment.offset + at, std::min(kPiece, segment.length - at), segment.param});
      }
    }
    for (const PlanParam& param : plan.params) names_.push_back(param.name);
  }

  // The gradients are the sums over iter_size passes. Afterwards the gradient arena holds zeros, ready for the next
  // iteration, or if `keep` the values subtracted, as Caffe leaves them in diff. Throws Diverged, and updates nothing, where
  // a gradient is no number: the loss of the next iteration would tell, but by then so are the weights.
  void step(On& on, float rate, int64_t iteration, bool keep) {
    refuse_infinite(on, iteration);
    with_rule(solver_, iteration, [&](auto rule) { apply(on, rule, rate, keep); });
  }

 private:
  static constexpr int64_t kPiece = 1 << 15;  // floats: some for each thread

  struct Piece {
    int64_t offset, length;
    size_t param;
  };

  // By the bits of the exponent, all of them set: three vector operations, fewer than reading the gradients takes.
  static bool is_finite(const float* values, int64_t n) {
    constexpr uint32_t kExponent = 0x7f800000;
    uint32_t found = 0;
    for (int64_t i = 0; i < n; ++i) {
      uint32_t bits;
      std::memcpy(&bits, values + i, sizeof bits);
      found |= (bits & kExponent) == kExponent ? 1u : 0u;
    }
    return found == 0;
  }

  void refuse_infinite(On& on, int64_t iteration) const {
    std::atomic<bool> found{false};
    on.parallel(static_cast<int64_t>(pieces_.size()), [&](int64_t i) {
      const Piece& piece = pieces_[static_cast<size_t>(i)];
      if (!is_finite(g_ + piece.offset, piece.length)) found = true;
    });
    if (!found) return;
    for (const Piece& piece : pieces_) {
      for (int64_t i = piece.offset; i < piece.offset + piece.length; ++i) {
        if (!std::isfinite(g_[i])) throw Diverged(iteration, g_[i], "the gradient of parameter " + names_[piece.param]);
      }
    }
  }

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
  std::vector<Piece> pieces_;
  std::vector<std::string> names_;  // of parameters
  int64_t total_ = 0;
};

}  // namespace siamese
