// The CPU backend: what a layer's single source calls. One team of threads (team.h) per engine.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/host_device.h"
#include "../engine/tensor.h"
#include "../engine/zeroed_memory.h"
#include "team.h"

namespace siamese {

// Zeroed floats on a 64-byte boundary.
class CpuMemory {
 public:
  explicit CpuMemory(int64_t floats = 0);
  float* data() { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  std::unique_ptr<float[], FreeZeroed> data_;
  int64_t size_;
};

class OnCpu {
 public:
  using Memory = CpuMemory;

  explicit OnCpu(int threads) : team_(std::make_unique<Team>(threads)) {}

  // Everything asked for so far is done.
  void finish() {}
  int threads() const { return team_->size(); }
  // One 64-byte aligned buffer for whichever layer is computing, as large as the largest Layer::scratch().
  float* scratch() { return scratch_.data(); }
  void reserve_scratch(int64_t floats) {
    if (scratch_.size() < floats) scratch_ = CpuMemory(floats);
  }

  // body(i) for i in [0, n), in any order.
  template <class Body>
  void for_each(int64_t n, Body body) {
    in_blocks(n, n, [&body](int64_t begin, int64_t end) {
      const Body mine = body;  // a copy whose address nobody knows: its members stay in registers
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) mine(i);
    });
  }

  // body(row, col) over a matrix; neighbouring cols are neighbours in memory.
  template <class Body>
  void for_each(int64_t rows, int64_t cols, Body body) {
    if (cols == 1) return for_each(rows, [=](int64_t r) { body(r, int64_t{0}); });
    in_blocks(rows, rows * cols, [&body, cols](int64_t begin, int64_t end) {
      const Body mine = body;
      for (int64_t r = begin; r < end; ++r) {
#pragma omp simd
        for (int64_t c = 0; c < cols; ++c) mine(r, c);
      }
    });
  }

  // out(c, sum over r of term(r, c)) for each column; double accumulation in row order, whatever the thread count.
  template <class Term, class Out>
  void sum_over_rows(int64_t rows, int64_t cols, Term term, Out out) {
    in_blocks(cols, rows * cols, [&term, &out, rows](int64_t begin, int64_t end) {
      for (int64_t c0 = begin; c0 < end; c0 += kColumns) {  // some columns at a time: neighbours in memory
        const int64_t width = std::min(kColumns, end - c0);
        double sums[kColumns] = {};
        for (int64_t r = 0; r < rows; ++r) {
          for (int64_t c = 0; c < width; ++c) sums[c] += term(r, c0 + c);
        }
        for (int64_t c = 0; c < width; ++c) out(c0 + c, static_cast<float>(sums[c]));
      }
    });
  }

  // out(r, sum over c of term(r, c)) for each row; fixed order.
  template <class Term, class Out>
  void sum_over_cols(int64_t rows, int64_t cols, Term term, Out out) {
    in_blocks(rows, rows * cols, [&term, &out, cols](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        double sum = 0;
        for (int64_t c = 0; c < cols; ++c) sum += term(r, c);
        out(r, static_cast<float>(sum));
      }
    });
  }

  // Data that no layer can compute with: throws std::domain_error(message(i, value(i))) for the first i whose value is
  // bad. (On a GPU the message is made after the run, on the host; value and bad are computed there.)
  template <class Value, class Bad, class Message>
  void refuse(int64_t n, Value value, Bad bad, Message message) {
    for (int64_t i = 0; i < n; ++i) {
      if (bad(value(i))) throw std::domain_error(message(i, value(i)));
    }
  }

  // body(task) for each task in [0, n), each one big enough for a thread of its own: blocks of a layer, not elements.
  template <class Body>
  void parallel(int64_t n, Body body) {
    team_->run(n, body);
  }

  // body(segment, i) for every i in [segment.offset, segment.offset + segment.length) of every segment; `total` is the
  // sum of the lengths. Threads get equal shares, whatever the segments' sizes.
  template <class Segment, class Body>
  void for_each_in(const std::vector<Segment>& segments, int64_t total, Body body) {
    const int64_t shares = block_count(total, total);
    parallel(shares, [&segments, total, shares, &body](int64_t share) {
      const Body mine = body;
      const int64_t begin = total * share / shares / 16 * 16;
      const int64_t end = share + 1 == shares ? total : total * (share + 1) / shares / 16 * 16;
      int64_t at = 0;
      for (const Segment& segment : segments) {
        const int64_t first = std::max(begin, at) - at + segment.offset;
        const int64_t last = std::min(end, at + segment.length) - at + segment.offset;
        const Segment here = segment;
#pragma omp simd
        for (int64_t i = first; i < last; ++i) mine(here, i);
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
  static constexpr int64_t kSerialBelow = 8192;  // elements: about what two threads need to win back a fork and join
  static constexpr int64_t kBlocksPerThread = 4;  // so that a thread held up by the system does less
  static constexpr int64_t kColumns = 16;

  // Into how many blocks n equal parts of `work` elements in all are cut.
  int64_t block_count(int64_t n, int64_t work) const {
    if (work < kSerialBelow || threads() == 1) return 1;
    return std::min({n, threads() * kBlocksPerThread, work / (kSerialBelow / 2)});
  }

  // block(begin, end) for blocks that make up [0, n); their borders are multiples of 16 where they are many.
  template <class Block>
  void in_blocks(int64_t n, int64_t work, Block block) {
    const int64_t blocks = block_count(n, work);
    if (blocks <= 1) return block(int64_t{0}, n);
    const int64_t unit = n >= 16 * blocks ? 16 : 1;
    parallel(blocks, [&block, n, blocks, unit](int64_t i) {
      block(n * i / blocks / unit * unit, i + 1 == blocks ? n : n * (i + 1) / blocks / unit * unit);
    });
  }

  std::unique_ptr<Team> team_;
  CpuMemory scratch_;
  std::vector<double> block_sums_;  // of sum_of_squares
};

}  // namespace siamese
