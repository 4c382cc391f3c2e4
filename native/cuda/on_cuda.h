// The GPU backend: what a layer's single source calls, as kernels in the order of one stream. On the GPU every blob lies in
// Caffe's own order; a layer sees the rows and columns that it asked for, the rows being neighbours (Tensor::step).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "../engine/tensor.h"
#include "algorithms.h"
#include "control.h"
#include "handles.h"
#include "memory.h"
#include "program.h"

namespace siamese {

// Sets the control for the first i in [0, n) whose value is bad, if there is one. For one block.
template <class Value, class Bad>
struct FindBad {
  Value value;
  Bad bad;
  int64_t n;
  int site;
  Control* control;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    SIAMESE_SHARED int64_t first[Block::kThreads];
    block.each([&](int thread) {
      int64_t i = thread;
      while (i < n && !bad(value(i))) i += Block::kThreads;
      first[thread] = i < n ? i : n;
    });
    block.sync();
    block.each([&](int thread) {
      if (thread != 0) return;
      int64_t least = n;
      for (int t = 0; t < Block::kThreads; ++t) least = first[t] < least ? first[t] : least;
      if (least == n) return;
      control->stop = kRefused;
      control->site = site;
      control->refused = least;
      control->value = value(least);
    });
  }
};

class OnCuda {
 public:
  using Memory = CudaMemory;
  using Message = std::function<std::string(int64_t item, float value)>;

  // Takes the GPU for the calling thread, which must be the one that uses this object.
  explicit OnCuda(const EngineOptions& options);

  int threads() const { return 1; }
  void finish() { check(cudaStreamSynchronize(stream()), "waiting for the GPU"); }

  float* scratch() { return scratch_.data(); }
  void reserve_scratch(int64_t floats) {
    if (scratch_.size() < floats) scratch_ = CudaMemory(floats);
  }

  // body(i) for i in [0, n), in any order.
  template <class Body>
  void for_each(int64_t n, Body body) {
    launch(stream(), blocks_of(n), stop(), Each<Body>{body, n});
  }

  // body(row, col) over a matrix; neighbouring rows are neighbours in memory.
  template <class Body>
  void for_each(int64_t rows, int64_t cols, Body body) {
    launch(stream(), blocks_of(rows * cols), stop(), EachCell<Body>{body, rows, rows * cols});
  }

  // out(c, sum over r of term(r, c)) for each column; double accumulation in a fixed order.
  template <class Term, class Out>
  void sum_over_rows(int64_t rows, int64_t cols, Term term, Out out) {
    sum([=] SIAMESE_HD(int64_t c, int64_t r) { return term(r, c); }, out, SumShape::of(cols, rows, false));
  }

  // out(r, sum over c of term(r, c)) for each row.
  template <class Term, class Out>
  void sum_over_cols(int64_t rows, int64_t cols, Term term, Out out) {
    sum(term, out, SumShape::of(rows, cols, true));
  }

  // out(0, sum of term(0, k)), the sum as a double.
  template <class Term, class Out>
  void sum_of_all(int64_t terms, Term term, Out out) {
    sum(term, out, SumShape::of(1, terms, false));
  }

  // Data that no layer can compute with: stops the stretch at the first i whose value is bad. The host makes an error of
  // message(i, value) when the stretch has ended. One block: the first one must be found, whatever runs first.
  template <class Value, class Bad>
  void refuse(int64_t n, Value value, Bad bad, Message message) {
    const int site = new_site(std::move(message));
    launch(stream(), 1, stop(), FindBad<Value, Bad>{value, bad, n, site, control_->data()});
  }

  // The same elements in another order or pitch.
  void relayout(const Tensor& from, const Tensor& to);

  // What the engine itself needs; `host` is memory of the caller. These wait for the GPU.
  void read(const Tensor& from, float* host);  // Caffe's order
  void write(const Tensor& to, const float* host);
  void copy_to_host(const float* from, float* host, int64_t n);
  void copy_from_host(float* to, const float* host, int64_t n);
  // These do not.
  void zero(float* to, int64_t n);
  void fill(const Tensor& to, float value);

  // For layers that call a library.
  cudaStream_t stream() const { return stream_->get(); }
  cudnnHandle_t cudnn();
  cublasHandle_t cublas();
  const EngineOptions& options() const { return options_; }
  Algorithms& algorithms() { return *algorithms_; }
  // Memory for whichever library call is under way. What was recorded before it grew is no longer valid.
  void* workspace(size_t bytes);
  int64_t workspace_generation() const { return workspace_generation_; }

  // For the engine: the layer that the coming calls are made for, and what it refused.
  void begin_layer(int64_t index);
  DeviceArray<Control>& control() { return *control_; }
  int* stop() { return &control_->data()->stop; }
  const Message& message(int site) const { return messages_.at(site); }
  static int64_t layer_of(int site) { return site / kSitesOfLayer; }

 private:
  static constexpr int kSitesOfLayer = 8;
  static constexpr int64_t kPartials = 1 << 15;  // more than SumShape ever asks for

  template <class Term, class Out>
  void sum(Term term, Out out, SumShape shape) {
    launch(stream(), shape.tiles() * shape.parts, stop(), Sum<Term, Out>{term, out, shape, partials_.data()});
    if (shape.parts == 1) return;
    if (shape.partials() > kPartials) throw std::logic_error("sum: too many parts");
    launch(stream(), blocks_of(shape.outputs), stop(), CombineSums<Out>{out, shape, partials_.data()});
  }

  int new_site(Message message);

  EngineOptions options_;
  // Behind pointers: a backend is moved into its engine, and what was made before must stay where it is.
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<DeviceArray<Control>> control_;
  std::unique_ptr<Algorithms> algorithms_;
  CudaMemory scratch_;
  DeviceArray<double> partials_;
  DeviceArray<char> workspace_;
  int64_t workspace_generation_ = 0;
  DeviceArray<char> cublas_workspace_;
  Cudnn cudnn_;
  Cublas cublas_;
  std::map<int, Message> messages_;
  int next_site_ = 0;
};

}  // namespace siamese
