// Kernels as plain objects: a Program computes one block of threads, and launch() runs it over a grid.
//
// The same source runs on the processor when SIAMESE_EMULATION is defined (cuda/emulation): there each() goes through
// the threads of a block one after another, so what a program writes in one each() is there in the next, which on a GPU
// takes a sync() in between.
#pragma once
#include <cuda_runtime.h>

#include <cstdint>

#include "../engine/host_device.h"
#include "check.h"

#ifdef __CUDACC__
#define SIAMESE_DEVICE __device__
#define SIAMESE_SHARED __shared__
#else
#define SIAMESE_DEVICE
#define SIAMESE_SHARED
#endif

namespace siamese {

struct Block {
  static constexpr int kThreads = 256;

  int64_t index;

  // body(thread) for each thread of the block.
  template <class Body>
  SIAMESE_DEVICE void each(Body body) const {
#ifdef __CUDACC__
    body(static_cast<int>(threadIdx.x));
#else
    for (int thread = 0; thread < kThreads; ++thread) body(thread);
#endif
  }
  // What was written to shared memory before is seen by all threads after.
  SIAMESE_DEVICE void sync() const {
#ifdef __CUDACC__
    __syncthreads();
#endif
  }
};

#ifdef __CUDACC__
template <class Program>
__global__ void __launch_bounds__(Block::kThreads) run_program(Program program, const int* stop) {
  if (stop != nullptr && *stop != 0) return;
  program(Block{static_cast<int64_t>(blockIdx.x)});
}
#endif

// Blocks [0, blocks) of the program, in the stream's order. Nothing happens where *stop, in memory of the GPU, is set by
// then: what comes after data that were refused, or a loss that is no number, must not touch the weights.
template <class Program>
void launch(cudaStream_t stream, int64_t blocks, const int* stop, const Program& program) {
  if (blocks == 0) return;
  if (blocks > INT32_MAX) throw DeviceError("a blob is too large for one kernel");
#ifdef __CUDACC__
  run_program<<<static_cast<unsigned>(blocks), Block::kThreads, 0, stream>>>(program, stop);
#else
  emulate_kernel(stream, [=] {
    if (stop != nullptr && *stop != 0) return;
    for (int64_t block = 0; block < blocks; ++block) program(Block{block});
  });
#endif
  check(cudaGetLastError(), "starting a kernel");
}

inline int64_t blocks_of(int64_t threads) { return (threads + Block::kThreads - 1) / Block::kThreads; }

// body(i) for i in [0, n): a thread each.
template <class Body>
struct Each {
  Body body;
  int64_t n;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    block.each([&](int thread) {
      const int64_t i = block.index * Block::kThreads + thread;
      if (i < n) body(i);
    });
  }
};

// body(row, col), rows side by side: where the memory is Caffe's, so are the threads' floats.
template <class Body>
struct EachCell {
  Body body;
  int64_t rows, n;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    block.each([&](int thread) {
      const int64_t i = block.index * Block::kThreads + thread;
      if (i >= n) return;
      if (n <= INT32_MAX) {  // a division of 32 bits is several times as fast
        const uint32_t small = static_cast<uint32_t>(i), width = static_cast<uint32_t>(rows);
        body(static_cast<int64_t>(small % width), static_cast<int64_t>(small / width));
      } else {
        body(i % rows, i / rows);
      }
    });
  }
};

// How a reduction of `terms` terms for each of `outputs` is spread over a grid. It depends on these two alone, so that the
// order of summation, and with it every bit, is the same on every device.
struct SumShape {
  int64_t outputs, terms;
  int width;      // outputs of a block, a power of 2; the other threads share their terms
  int64_t parts;  // blocks that share the terms of one output

  int64_t tiles() const { return (outputs + width - 1) / width; }
  int64_t partials() const { return parts > 1 ? outputs * parts : 0; }

  static SumShape of(int64_t outputs, int64_t terms, bool outputs_are_neighbours) {
    SumShape shape{outputs, terms, 1, 1};
    if (outputs_are_neighbours && outputs > 1) {
      while (shape.width < 32 && shape.width < outputs) shape.width *= 2;
    }
    const int64_t lanes = Block::kThreads / shape.width;
    const int64_t wanted = kBlocks / (shape.tiles() > 0 ? shape.tiles() : 1), most = terms / (lanes * kTermsOfThread);
    shape.parts = wanted < most ? wanted : most;
    if (shape.parts < 1) shape.parts = 1;
    return shape;
  }

 private:
  static constexpr int64_t kBlocks = 512;       // a few for each multiprocessor of a large GPU
  static constexpr int64_t kTermsOfThread = 8;  // below that a second kernel costs more than it saves
};

// out(o, sum of term(o, k)), in double and in a fixed order; or with several parts their sums, to be combined.
template <class Term, class Out>
struct Sum {
  Term term;
  Out out;
  SumShape shape;
  double* partials;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    SIAMESE_SHARED double sums[Block::kThreads];
    const int64_t tile = block.index / shape.parts, part = block.index % shape.parts;
    const int64_t begin = shape.terms * part / shape.parts, end = shape.terms * (part + 1) / shape.parts;
    const int width = shape.width, lanes = Block::kThreads / width;
    block.each([&](int thread) {
      const int64_t o = tile * width + thread % width;
      double sum = 0;
      if (o < shape.outputs) {
        for (int64_t k = begin + thread / width; k < end; k += lanes) sum += term(o, k);
      }
      sums[thread] = sum;
    });
    block.sync();
    for (int half = lanes / 2; half > 0; half /= 2) {
      block.each([&](int thread) {
        if (thread < half * width) sums[thread] += sums[thread + half * width];
      });
      block.sync();
    }
    block.each([&](int thread) {
      const int64_t o = tile * width + thread;
      if (thread >= width || o >= shape.outputs) return;
      if (shape.parts == 1) {
        out(o, sums[thread]);
      } else {
        partials[o * shape.parts + part] = sums[thread];
      }
    });
  }
};

template <class Out>
struct CombineSums {
  Out out;
  SumShape shape;
  const double* partials;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    block.each([&](int thread) {
      const int64_t o = block.index * Block::kThreads + thread;
      if (o >= shape.outputs) return;
      double sum = 0;
      for (int64_t part = 0; part < shape.parts; ++part) sum += partials[o * shape.parts + part];
      out(o, sum);
    });
  }
};

}  // namespace siamese
