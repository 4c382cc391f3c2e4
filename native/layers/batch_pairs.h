// All pairs of the encodings of a batch, for losses that compare each with each: z = x or x / |x|, the matrix of products
// s_ij = z_i . z_j or of squared distances |z_i - z_j|^2, and the way back of a gradient that stands in that matrix.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "matrix.h"
#include "view.h"

namespace siamese {

template <class On>
class BatchPairs {
 public:
  BatchPairs(const Blob& encodings, bool normalize)
      : x_(encodings.data),
        dx_(encodings.diff),
        normalize_(normalize),
        dimension_(x_.rows),
        items_(x_.cols),
        z_memory_(dimension_ * items_),
        norms_(items_),
        pairs_(items_ * items_),
        gradient_(items_ * items_) {}

  int64_t items() const { return items_; }
  int64_t dimension() const { return dimension_; }
  // C x N, of the last call of encode().
  View z() { return matrix(z_memory_, dimension_); }
  // N x N: what products() or distances() wrote.
  View pairs() { return matrix(pairs_, items_); }
  // N x N, to be written by the layer: W_ij = dE / d pairs_ij, the diagonal 0.
  View gradient() { return matrix(gradient_, items_); }

  void encode(On& on) {
    const View x = x_, z = this->z();
    const bool normalize = normalize_;
    const int64_t dimension = dimension_;
    float* norms = norms_.data();
    on.for_each(items_, [=] SIAMESE_HD(int64_t i) {
      float sum = 0;
      for (int64_t c = 0; normalize && c < dimension; ++c) sum += x.at(c, i) * x.at(c, i);
      norms[i] = normalize ? std::sqrt(sum) : 1;
    });
    on.for_each(dimension, items_, [=] SIAMESE_HD(int64_t c, int64_t i) {
      z.at(c, i) = norms[i] == 0 ? 0 : x.at(c, i) / norms[i];  // an encoding of zeros has no direction
    });
  }

  void products(On& on) { apply_transposed(on, encodings(), z(), pairs()); }

  void distances(On& on) {
    const View z = this->z(), pairs = this->pairs();
    const int64_t dimension = dimension_;
    on.for_each(items_, items_, [=] SIAMESE_HD(int64_t i, int64_t j) {
      float sum = 0;
      for (int64_t c = 0; c < dimension; ++c) {
        const float difference = z.at(c, i) - z.at(c, j);
        sum += difference * difference;
      }
      pairs.at(i, j) = sum;
    });
  }

  // dx from W over products: dz_i = sum over j of (W_ij + W_ji) * z_j.
  void products_backward(On& on) {
    add_transpose(on);
    apply(on, encodings(), gradient(), dx_, nullptr, false);
    encode_backward(on);
  }

  // dx from W over squared distances: dz_i = 2 * sum over j of (W_ij + W_ji) * (z_i - z_j).
  void distances_backward(On& on) {
    add_transpose(on);
    const View w = gradient(), z = this->z(), dz = dx_;
    const int64_t items = items_;
    on.for_each(dimension_, items_, [=] SIAMESE_HD(int64_t c, int64_t i) {
      float sum = 0;
      for (int64_t j = 0; j < items; ++j) sum += w.at(j, i) * (z.at(c, i) - z.at(c, j));
      dz.at(c, i) = 2 * sum;
    });
    encode_backward(on);
  }

 private:
  // W + its transpose, in place, so that the sums over j read along rows.
  void add_transpose(On& on) {
    const View w = gradient();
    const int64_t items = items_;
    on.for_each(items, [=] SIAMESE_HD(int64_t i) {
      for (int64_t j = i + 1; j < items; ++j) w.at(i, j) = w.at(j, i) = w.at(i, j) + w.at(j, i);
    });
  }

  // In place: dx = (dz - z * (z . dz)) / |x|.
  void encode_backward(On& on) {
    if (!normalize_) return;
    const View z = this->z(), d = dx_;
    const int64_t dimension = dimension_;
    const float* norms = norms_.data();
    on.for_each(items_, [=] SIAMESE_HD(int64_t i) {
      float along = 0;
      for (int64_t c = 0; c < dimension; ++c) along += z.at(c, i) * d.at(c, i);
      for (int64_t c = 0; c < dimension; ++c) {
        d.at(c, i) = norms[i] == 0 ? 0 : (d.at(c, i) - z.at(c, i) * along) / norms[i];
      }
    });
  }

  // z as a factor.
  Matrix encodings() {
    Matrix z;
    z.w = z_memory_.data();
    z.rows = dimension_;
    z.depth = items_;
    return z;
  }

  View matrix(typename On::Memory& memory, int64_t rows) {
    View view;
    view.data = memory.data();
    view.rows = rows;
    view.cols = view.pitch = items_;
    return view;
  }

  const View x_, dx_;
  const bool normalize_;
  const int64_t dimension_, items_;
  typename On::Memory z_memory_, norms_, pairs_, gradient_;
};

}  // namespace siamese
