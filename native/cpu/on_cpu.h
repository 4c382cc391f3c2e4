// The CPU backend: what a layer's single source calls. One OpenMP team, started from the engine's own thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "../engine/tensor.h"

#define SIAMESE_HD  // __host__ __device__ when nvcc compiles the same header

namespace siamese {

class OnCpu {
 public:
  explicit OnCpu(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  float* scratch() { return scratch_.data(); }
  void reserve_scratch(int64_t floats) {
    if (static_cast<int64_t>(scratch_.size()) < floats) scratch_.resize(static_cast<size_t>(floats));
  }

  // body(i) for i in [0, n), in any order.
  template <class Body>
  void for_each(int64_t n, Body body) {
    if (n < kSerialBelow) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) body(i);
      return;
    }
#pragma omp parallel for simd schedule(static) num_threads(threads_)
    for (int64_t i = 0; i < n; ++i) body(i);
  }

  // body(row, col) over a matrix; neighbouring cols are neighbours in memory.
  template <class Body>
  void for_each(int64_t rows, int64_t cols, Body body) {
    if (cols == 1) return for_each(rows, [=](int64_t r) { body(r, int64_t{0}); });
#pragma omp parallel for schedule(static) num_threads(threads_) if (rows * cols >= kSerialBelow)
    for (int64_t r = 0; r < rows; ++r) {
#pragma omp simd
      for (int64_t c = 0; c < cols; ++c) body(r, c);
    }
  }

  // out(c, sum over r of term(r, c)) for each column; double accumulation in row order, whatever the thread count.
  template <class Term, class Out>
  void sum_over_rows(int64_t rows, int64_t cols, Term term, Out out) {
#pragma omp parallel for schedule(static) num_threads(threads_) if (rows * cols >= kSerialBelow)
    for (int64_t c = 0; c < cols; ++c) {
      double sum = 0;
      for (int64_t r = 0; r < rows; ++r) sum += term(r, c);
      out(c, static_cast<float>(sum));
    }
  }

  // out(r, sum over c of term(r, c)) for each row; fixed order.
  template <class Term, class Out>
  void sum_over_cols(int64_t rows, int64_t cols, Term term, Out out) {
#pragma omp parallel for schedule(static) num_threads(threads_) if (rows * cols >= kSerialBelow)
    for (int64_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (int64_t c = 0; c < cols; ++c) sum += term(r, c);
      out(r, static_cast<float>(sum));
    }
  }

 private:
  static constexpr int64_t kSerialBelow = 16384;  // about what two threads need to win back a fork and join
  int threads_;
  std::vector<float> scratch_;
};

}  // namespace siamese
