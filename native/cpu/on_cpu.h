// The CPU backend: what a layer's single source calls. One OpenMP team, started from the engine's own thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/tensor.h"

#define SIAMESE_HD  // __host__ __device__ when nvcc compiles the same header

namespace siamese {

// Zeroed floats on a 64-byte boundary.
class CpuMemory {
 public:
  explicit CpuMemory(int64_t floats = 0);
  float* data() { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* p) const;
  };
  std::unique_ptr<float[], Free> data_;
  int64_t size_;
};

class OnCpu {
 public:
  using Memory = CpuMemory;

  explicit OnCpu(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  // One 64-byte aligned buffer for whichever layer is computing, as large as the largest Layer::scratch().
  float* scratch() { return scratch_.data(); }
  void reserve_scratch(int64_t floats) {
    if (scratch_.size() < floats) scratch_ = CpuMemory(floats);
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

  // Data that no layer can compute with: throws std::domain_error(message(i)) for the first i that is bad.
  template <class Bad, class Message>
  void refuse(int64_t n, Bad bad, Message message) {
    for (int64_t i = 0; i < n; ++i) {
      if (bad(i)) throw std::domain_error(message(i));
    }
  }

  // body(task) for each task in [0, n), each one big enough for a thread of its own: blocks of a layer, not elements.
  template <class Body>
  void parallel(int64_t n, Body body) {
#pragma omp parallel for schedule(static) num_threads(threads_) if (n > 1)
    for (int64_t task = 0; task < n; ++task) body(task);
  }

  // body(segment, i) for every i in [segment.offset, segment.offset + segment.length) of every segment; `total` is the
  // sum of the lengths. Threads get equal shares, whatever the segments' sizes.
  template <class Segment, class Body>
  void for_each_in(const std::vector<Segment>& segments, int64_t total, Body body) {
    const int64_t shares = total < kSerialBelow ? 1 : threads_;
    parallel(shares, [&segments, total, shares, body](int64_t share) {
      const int64_t begin = total * share / shares / 16 * 16;
      const int64_t end = share + 1 == shares ? total : total * (share + 1) / shares / 16 * 16;
      int64_t at = 0;
      for (const Segment& segment : segments) {
        const int64_t first = std::max(begin, at) - at + segment.offset;
        const int64_t last = std::min(end, at + segment.length) - at + segment.offset;
        const Segment here = segment;
#pragma omp simd
        for (int64_t i = first; i < last; ++i) body(here, i);
        at += segment.length;
      }
    });
  }

  // The same elements in another split or pitch (cpu/relayout.cc).
  void relayout(const Tensor& from, const Tensor& to);

  // What the engine itself needs of a backend; `host` is memory of the caller.
  void read(const Tensor& from, float* host);   // NCHW order
  void write(const Tensor& to, const float* host);
  void copy_to_host(const float* from, float* host, int64_t n);
  void copy_from_host(float* to, const float* host, int64_t n);
  void zero(float* to, int64_t n);
  void fill(const Tensor& to, float value);
  double sum(const Tensor& of);                         // of all elements, for losses
  double sum_of_squares(const float* of, int64_t n);    // the same whatever the thread count

 private:
  static constexpr int64_t kSerialBelow = 16384;  // about what two threads need to win back a fork and join
  int threads_;
  CpuMemory scratch_;
  std::vector<double> block_sums_;  // of sum_of_squares
};

}  // namespace siamese
