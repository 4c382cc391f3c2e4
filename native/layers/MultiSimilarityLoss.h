// E = 1/N * sum over i of log(1 + sum over P_i of exp(-alpha (s_ij - lambda))) / alpha
//                       + log(1 + sum over N_i of exp(beta (s_ij - lambda))) / beta.
// P_i: items of i's label with s_ij < max over other labels of s_ik + epsilon; N_i: items of other labels with
// s_ij > min over i's label of s_ik - epsilon; all where epsilon < 0. bottom 0: encodings, split 1: rows = C, cols = N.
// bottom 1: N labels. top 0: scalar. Attributes: alpha, beta, lambda, epsilon, normalize. Source: Wang et al. 2019.
#pragma once
#include <cmath>

#include "batch_pairs.h"

namespace siamese {

template <class On>
class MultiSimilarityLoss final : public Layer<On> {
 public:
  explicit MultiSimilarityLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        batch_(this->bottom(0), this->args.attributes.flag("normalize")),
        anchors_(2 * batch_.items()) {
    const Attributes& attributes = this->args.attributes;
    anchor_.labels = this->bottom(1).data;
    anchor_.s = batch_.pairs();
    anchor_.items = batch_.items();
    anchor_.alpha = static_cast<float>(attributes.number("alpha"));
    anchor_.beta = static_cast<float>(attributes.number("beta"));
    anchor_.lambda = static_cast<float>(attributes.number("lambda"));
    anchor_.epsilon = static_cast<float>(attributes.number("epsilon"));
  }

  int64_t scratch() const override { return batch_.items(); }

  void forward(On& on) override {
    batch_.encode(on);
    batch_.products(on);
    const Anchor anchor = anchor_;
    const int64_t n = anchor.items;
    float *near = anchors_.data(), *far = near + n, *losses = on.scratch(), *loss = this->top(0).data.data;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      const Hardest hardest = anchor.hardest(i);
      near[i] = anchor.log_sum(i, hardest, true);
      far[i] = anchor.log_sum(i, hardest, false);
      losses[i] = near[i] / anchor.alpha + far[i] / anchor.beta;
    });
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(n); });
  }

  void backward(On& on) override {
    if (!this->bottom(0).diff) return;
    const Anchor anchor = anchor_;
    const View w = batch_.gradient();
    const float *near = anchors_.data(), *far = near + anchor.items, *weight = this->top(0).diff.data;
    on.for_each(anchor.items, [=] SIAMESE_HD(int64_t i) {
      const Hardest hardest = anchor.hardest(i);
      const float share = *weight / static_cast<float>(anchor.items);
      for (int64_t j = 0; j < anchor.items; ++j) {
        const bool same = anchor.same(i, j);
        const float slope = std::exp(anchor.exponent(i, j, same) - (same ? near[i] : far[i]));
        w.at(i, j) = anchor.counts(i, j, hardest) ? (same ? -share : share) * slope : 0;
      }
    });
    batch_.products_backward(on);
  }

 private:
  struct Hardest {
    float positive, negative;  // the least similar of its own label, the most similar of another
  };

  struct Anchor {
    View s, labels;
    int64_t items;
    float alpha, beta, lambda, epsilon;

    SIAMESE_HD bool same(int64_t i, int64_t j) const { return labels.linear(i) == labels.linear(j); }
    SIAMESE_HD Hardest hardest(int64_t i) const {
      Hardest found{INFINITY, -INFINITY};
      for (int64_t j = 0; j < items; ++j) {
        const float v = s.at(i, j);
        if (same(i, j)) {
          if (j != i && v < found.positive) found.positive = v;
        } else if (v > found.negative) {
          found.negative = v;
        }
      }
      return found;
    }
    SIAMESE_HD bool counts(int64_t i, int64_t j, const Hardest& hardest) const {
      if (j == i) return false;
      if (epsilon < 0) return true;
      const float v = s.at(i, j);
      // Written so that NaN counts, and shows.
      return same(i, j) ? !(v >= hardest.negative + epsilon) : !(v <= hardest.positive - epsilon);
    }
    SIAMESE_HD float exponent(int64_t i, int64_t j, bool positive) const {
      return positive ? -alpha * (s.at(i, j) - lambda) : beta * (s.at(i, j) - lambda);
    }
    // log(1 + sum of exp): the 1 is a term of exponent 0.
    SIAMESE_HD float log_sum(int64_t i, const Hardest& hardest, bool positives) const {
      float top = 0;
      for (int64_t j = 0; j < items; ++j) {
        if (same(i, j) != positives || !counts(i, j, hardest)) continue;
        const float v = exponent(i, j, positives);
        if (!(v <= top)) top = v;
      }
      float sum = std::exp(-top);
      for (int64_t j = 0; j < items; ++j) {
        if (same(i, j) != positives || !counts(i, j, hardest)) continue;
        sum += std::exp(exponent(i, j, positives) - top);
      }
      return top + std::log(sum);
    }
  };

  BatchPairs<On> batch_;
  Anchor anchor_;
  typename On::Memory anchors_;  // per anchor: the two logarithms
};

}  // namespace siamese
