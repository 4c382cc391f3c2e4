// E = 1/(2N) * sum of (similar: D; else max(margin - d, 0)^2), D = |a - b|^2, d = sqrt(D).
// legacy: max(margin - D, 0) for dissimilar pairs. manhattan: D = sum |a - b|, always legacy.
// bottom 0, 1: a and b, split 1: rows = C, cols = N. bottom 2: labels, rows 1 (similar unless 0) or more (if equal).
// bottom 3, optional: centroids, split 1: rows = C, cols = L. top 0: scalar. top 1, optional: matches (N).
// Attributes: margin, legacy, manhattan, matching_distance_scale (factor of D of similar pairs), centroid_learning: in
// pairs of that kind a is the centroid of the first label, and has no gradient. A centroid of zeros is not ready.
// negative_mining (AS_GIVEN): SEMI_HARD or HARD, b of a dissimilar pair is another b of the batch, see Pair::mined.
// Source: Caffe contrastive_loss_layer.cpp; the additions are MyCaffe's, with the gradients of the formulas.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class ContrastiveLoss final : public Layer<On> {
 public:
  explicit ContrastiveLoss(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Attributes& attributes = this->args.attributes;
    pair_.margin = static_cast<float>(attributes.number("margin"));
    pair_.scale = static_cast<float>(attributes.number("matching_distance_scale", 1));
    pair_.legacy = attributes.flag("legacy");
    pair_.manhattan = attributes.flag("manhattan");
    const std::string& learning = attributes.text("centroid_learning");
    pair_.for_similar = learning == "ALL" || learning == "MATCHING";
    pair_.for_dissimilar = learning == "ALL" || learning == "NONMATCHING";
    pair_.a = this->bottom(0).data;
    pair_.b = this->bottom(1).data;
    pair_.labels = this->bottom(2).data;
    if (pair_.for_similar || pair_.for_dissimilar) pair_.centroids = this->bottom(3).data;
    const std::string& mining = attributes.text("negative_mining");
    if (mining == "AS_GIVEN") return;
    semi_hard_ = mining == "SEMI_HARD";
    partners_ = typename On::Memory(pair_.a.cols);
    pair_.partners = partners_.data();
  }

  int64_t scratch() const override { return pair_.a.cols; }

  void forward(On& on) override {
    const Pair pair = pair_;
    if (pair.partners) mine(on);
    const int64_t n = pair.a.cols;
    float *losses = on.scratch(), *loss = this->top(0).data.data;
    const View match = this->args.tops.size() > 1 ? View(this->top(1).data) : View();
    if (pair.centroids) {
      require_labels(on, pair.labels, n, pair.labels.rows, pair.centroids.cols, [] SIAMESE_HD(int) { return false; });
    }
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      const bool similar = pair.similar(i);
      const float D = pair.distance(i, similar, pair.centroid(i, similar));
      const float room = pair.margin - (pair.legacy ? D : std::sqrt(D));
      const float apart = room > 0 ? room : room <= 0 ? 0 : room;  // NaN stays NaN
      losses[i] = similar ? D : pair.legacy ? apart : apart * apart;
      if (match) match.linear(i) = (room >= 0) == similar;
    });
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(n) / 2; });
  }

  void backward(On& on) override {
    const Pair pair = pair_;
    const View da = this->bottom(0).diff, db = this->bottom(1).diff;
    const float* weight = this->top(0).diff.data;
    float* factors = on.scratch();
    on.for_each(pair.a.cols, [=] SIAMESE_HD(int64_t i) {
      const bool similar = pair.similar(i);
      const int64_t centroid = pair.centroid(i, similar);
      const float factor = *weight / static_cast<float>(pair.a.cols) * pair.slope(i, similar, centroid);
      factors[i] = factor;
      for (int64_t c = 0; c < pair.a.rows; ++c) {
        const float slope = factor * pair.direction(c, i, centroid);
        if (da) da.at(c, i) = centroid < 0 ? slope : 0;
        if (db && !pair.partners) db.at(c, i) = -slope;
      }
    });
    if (!db || !pair.partners) return;
    // An image may stand in several pairs: each gathers its own, in one order.
    on.for_each(pair.b.rows, pair.b.cols, [=] SIAMESE_HD(int64_t c, int64_t j) {
      float sum = 0;
      for (int64_t i = 0; i < pair.a.cols; ++i) {
        if (pair.second(i) == j) sum -= factors[i] * pair.direction(c, i, -1);
      }
      db.at(c, j) = sum;
    });
  }

 private:
  static constexpr float kNearZero = 1e-4f;  // Caffe's guard of the division by d

  void mine(On& on) {
    const Pair pair = pair_;
    const bool semi_hard = semi_hard_;
    float* partners = partners_.data();
    on.for_each(pair.a.cols, [=] SIAMESE_HD(int64_t i) {
      partners[i] = static_cast<float>(pair.similar(i) ? i : pair.mined(i, semi_hard));
    });
  }

  struct Pair {
    View a, b, labels, centroids;
    const float* partners = nullptr;  // which b stands in pair i
    float margin, scale;
    bool legacy, manhattan, for_similar, for_dissimilar;

    SIAMESE_HD bool similar(int64_t i) const {
      const int64_t columns = labels.rows * labels.cols / a.cols;
      const float label = labels.linear(i * columns);
      if (columns == 1) return static_cast<int>(label) != 0;
      bool same = true;
      for (int64_t k = 1; k < columns; ++k) same = same && labels.linear(i * columns + k) == label;
      return same;
    }
    // The label whose centroid stands for a, or -1.
    SIAMESE_HD int64_t centroid(int64_t i, bool similar) const {
      if (!centroids || !(similar ? for_similar : for_dissimilar)) return -1;
      const int64_t label = static_cast<int64_t>(labels.linear(i * (labels.rows * labels.cols / a.cols)));
      for (int64_t c = 0; c < a.rows; ++c) {
        if (centroids.at(c, label) != 0) return label;
      }
      return -1;
    }
    SIAMESE_HD float first(int64_t c, int64_t i, int64_t centroid) const {
      return centroid < 0 ? a.at(c, i) : centroids.at(c, centroid);
    }
    SIAMESE_HD float distance(int64_t i, bool similar, int64_t centroid) const {
      float sum = 0;
      for (int64_t c = 0; c < a.rows; ++c) {
        const float difference = first(c, i, centroid) - b.at(c, second(i));
        sum += manhattan ? std::fabs(difference) : difference * difference;
      }
      return similar ? scale * sum : sum;
    }
    SIAMESE_HD int64_t second(int64_t i) const { return partners ? static_cast<int64_t>(partners[i]) : i; }
    // What the slope is times of: a - b, or half its sign.
    SIAMESE_HD float direction(int64_t c, int64_t i, int64_t centroid) const {
      const float difference = first(c, i, centroid) - b.at(c, second(i));
      return !manhattan ? difference : difference > 0 ? 0.5f : difference < 0 ? -0.5f : 0.0f;
    }
    SIAMESE_HD float between(int64_t i, int64_t j) const {
      float sum = 0;
      for (int64_t c = 0; c < a.rows; ++c) {
        const float difference = a.at(c, i) - b.at(c, j);
        sum += manhattan ? std::fabs(difference) : difference * difference;
      }
      return sum;
    }
    // The b of another class than a_i that is nearest to it; semi-hard: of those beyond every b of its own class. Its own
    // b where there is none.
    SIAMESE_HD int64_t mined(int64_t i, bool semi_hard) const {
      const float own = labels.linear(2 * i);
      float beyond = -1;
      for (int64_t j = 0; semi_hard && j < b.cols; ++j) {
        if (labels.linear(2 * j + 1) != own) continue;
        const float d = between(i, j);
        if (d > beyond) beyond = d;
      }
      int64_t found = i;
      float least = INFINITY;
      for (int64_t j = 0; j < b.cols; ++j) {
        if (labels.linear(2 * j + 1) == own) continue;
        const float d = between(i, j);
        if (d > beyond && d < least) {
          least = d;
          found = j;
        }
      }
      return found;
    }
    // N * dE/da over (a - b); MANHATTAN: over sign(a - b) / 2.
    SIAMESE_HD float slope(int64_t i, bool similar, int64_t centroid) const {
      if (similar) return scale;
      const float D = distance(i, false, centroid);
      if (legacy) return margin - D > 0 ? -1.0f : 0.0f;
      const float d = std::sqrt(D);
      return margin - d > 0 ? -(margin - d) / (d + kNearZero) : 0.0f;
    }
  };

  Pair pair_;
  bool semi_hard_ = false;
  typename On::Memory partners_;
};

}  // namespace siamese
