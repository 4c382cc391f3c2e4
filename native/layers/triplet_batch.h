// Triplets mined from a batch of labelled encodings: E = 1/(2T) * sum over T triplets of max(d_ap - d_an + alpha, 0), d the
// squared distance, or with `plain` the distance. Which triplets count, by anchor a:
//   HARD       its farthest positive with its nearest negative; T: anchors with both.
//   SEMI_HARD  each positive with the nearest negative beyond it, or else the farthest; T: such pairs.
//   ALL        every positive with every negative; T: those that cost.
// Source: Hermans et al. 2017, "In Defense of the Triplet Loss"; SEMI_HARD: Schroff et al. 2015, "FaceNet".
#pragma once
#include <cmath>
#include <stdexcept>
#include <string>

#include "batch_pairs.h"

namespace siamese {

template <class On>
class TripletBatch {
 public:
  TripletBatch(const Blob& encodings, const Tensor& labels, const Attributes& attributes)
      : batch_(encodings, attributes.flag("normalize")), anchors_(2 * batch_.items() + 1) {
    const std::string& mining = attributes.text("mining");
    if (mining != "HARD" && mining != "SEMI_HARD" && mining != "ALL") {
      throw std::invalid_argument("plan: unknown mining " + mining);
    }
    anchor_.labels = labels;
    anchor_.squared = batch_.pairs();
    anchor_.items = batch_.items();
    anchor_.hard = mining == "HARD";
    anchor_.all = mining == "ALL";
    anchor_.plain = attributes.flag("plain_distance");
    anchor_.alpha = static_cast<float>(attributes.number("alpha"));
  }

  void forward(On& on, float* loss) {
    batch_.encode(on);
    batch_.distances(on);
    const Anchor anchor = anchor_;
    const int64_t n = anchor.items;
    float *losses = anchors_.data(), *counts = losses + n, *total = counts + n;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      float sum = 0, count = 0;
      anchor.visit(i, [&](int64_t p, int64_t q, float cost) {
        if (anchor.all && cost <= 0) return;
        (void)p, (void)q;
        sum += cost > 0 ? cost : cost <= 0 ? 0 : cost;  // NaN stays NaN
        count += 1;
      });
      losses[i] = sum;
      counts[i] = count;
    });
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return counts[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *total = sum > 0 ? 2 * sum : 1; });
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / *total; });
  }

  void backward(On& on, const float* weight) {
    const Anchor anchor = anchor_;
    const View w = batch_.gradient();
    const float* total = anchors_.data() + 2 * anchor.items;
    on.for_each(anchor.items, [=] SIAMESE_HD(int64_t i) {
      for (int64_t j = 0; j < anchor.items; ++j) w.at(i, j) = 0;
      anchor.visit(i, [&](int64_t p, int64_t q, float cost) {
        if (!(cost > 0)) return;
        w.at(i, p) += *weight / *total * anchor.slope(i, p);
        w.at(i, q) -= *weight / *total * anchor.slope(i, q);
      });
    });
    batch_.distances_backward(on);
  }

 private:
  static constexpr float kNearZero = 1e-4f;  // guards the division by a distance, as in ContrastiveLoss

  struct Anchor {
    View squared, labels;
    int64_t items;
    bool hard, all, plain;
    float alpha;

    SIAMESE_HD bool same(int64_t i, int64_t j) const { return labels.linear(i) == labels.linear(j); }
    SIAMESE_HD float distance(int64_t i, int64_t j) const {
      return plain ? std::sqrt(squared.at(i, j)) : squared.at(i, j);
    }
    // d distance / d squared distance.
    SIAMESE_HD float slope(int64_t i, int64_t j) const {
      return plain ? 0.5f / (std::sqrt(squared.at(i, j)) + kNearZero) : 1;
    }

    // triplet(positive, negative, cost) for each triplet of this anchor.
    template <class Triplet>
    SIAMESE_HD void visit(int64_t i, Triplet triplet) const {
      if (hard) {
        int64_t p = -1, q = -1;
        for (int64_t j = 0; j < items; ++j) {
          if (same(i, j)) {
            if (j != i && (p < 0 || squared.at(i, j) > squared.at(i, p))) p = j;
          } else if (q < 0 || squared.at(i, j) < squared.at(i, q)) {
            q = j;
          }
        }
        if (p >= 0 && q >= 0) triplet(p, q, distance(i, p) - distance(i, q) + alpha);
        return;
      }
      for (int64_t p = 0; p < items; ++p) {
        if (p == i || !same(i, p)) continue;
        if (all) {
          for (int64_t q = 0; q < items; ++q) {
            if (!same(i, q)) triplet(p, q, distance(i, p) - distance(i, q) + alpha);
          }
          continue;
        }
        const int64_t q = semi_hard(i, p);
        if (q >= 0) triplet(p, q, distance(i, p) - distance(i, q) + alpha);
      }
    }

    SIAMESE_HD int64_t semi_hard(int64_t i, int64_t p) const {
      int64_t beyond = -1, farthest = -1;
      for (int64_t j = 0; j < items; ++j) {
        if (same(i, j)) continue;
        const float d = squared.at(i, j);
        if (d > squared.at(i, p) && (beyond < 0 || d < squared.at(i, beyond))) beyond = j;
        if (farthest < 0 || d > squared.at(i, farthest)) farthest = j;
      }
      return beyond >= 0 ? beyond : farthest;
    }
  };

  BatchPairs<On> batch_;
  Anchor anchor_;
  typename On::Memory anchors_;  // per anchor: sum of costs, triplets; and 2T
};

}  // namespace siamese
