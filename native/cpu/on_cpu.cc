// What the engine needs of the CPU: memory, copies and sums.
#include "on_cpu.h"

#include <cstring>

namespace siamese {

namespace {

constexpr int64_t kBlock = 8192;  // floats; a sum's order depends on this alone, not on the thread count

Tensor nchw_view(const Tensor& of, float* host) {
  Tensor view = of;
  view.data = host;
  view.split = 0;
  view.rows = of.count();
  view.cols = view.pitch = 1;
  return view;
}

}  // namespace

CpuMemory::CpuMemory(int64_t floats)
    : data_(static_cast<float*>(allocate_zeroed(static_cast<size_t>(floats) * sizeof(float)))), size_(floats) {}

void OnCpu::read(const Tensor& from, float* host) { relayout(from, nchw_view(from, host)); }

void OnCpu::write(const Tensor& to, const float* host) { relayout(nchw_view(to, const_cast<float*>(host)), to); }

void OnCpu::copy_to_host(const float* from, float* host, int64_t n) {
  if (n) std::memcpy(host, from, static_cast<size_t>(n) * sizeof(float));
}

void OnCpu::copy_from_host(float* to, const float* host, int64_t n) { copy_to_host(host, to, n); }

void OnCpu::zero(float* to, int64_t n) {
  parallel((n + kBlock - 1) / kBlock, [=](int64_t block) {
    const int64_t at = block * kBlock;
    std::memset(to + at, 0, static_cast<size_t>(std::min(kBlock, n - at)) * sizeof(float));
  });
}

void OnCpu::fill(const Tensor& to, float value) {
  for_each(to.rows, to.cols, [=](int64_t r, int64_t c) { to.data[r * to.pitch + c] = value; });
}

double OnCpu::sum(const Tensor& of) {
  double total = 0;
  for (int64_t r = 0; r < of.rows; ++r) {
    for (int64_t c = 0; c < of.cols; ++c) total += of.data[r * of.pitch + c];
  }
  return total;
}

double OnCpu::sum_of_squares(const float* of, int64_t n) {
  const int64_t blocks = (n + kBlock - 1) / kBlock;
  block_sums_.resize(static_cast<size_t>(blocks));
  double* sums = block_sums_.data();
  parallel(blocks, [=](int64_t block) {
    const int64_t begin = block * kBlock, end = std::min(begin + kBlock, n);
    double lanes[8] = {};  // independent sums: the compiler may not reorder one
    int64_t i = begin;
    for (; i + 8 <= end; i += 8) {
      for (int k = 0; k < 8; ++k) lanes[k] += static_cast<double>(of[i + k]) * of[i + k];
    }
    for (; i < end; ++i) lanes[0] += static_cast<double>(of[i]) * of[i];
    sums[block] = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  });
  double total = 0;
  for (int64_t block = 0; block < blocks; ++block) total += sums[block];
  return total;
}

}  // namespace siamese
