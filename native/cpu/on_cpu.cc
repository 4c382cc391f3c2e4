// What the engine needs of the CPU: memory, copies and sums.
#include "on_cpu.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdlib>
#include <cstring>
#include <new>

namespace siamese {

namespace {

constexpr size_t kAlignment = 64;  // bytes: a cache line, and the widest vector
constexpr size_t kHugePage = size_t{2} << 20;
constexpr int64_t kBlock = 8192;  // floats; a sum's order depends on this alone, not on the thread count

Tensor nchw_view(const Tensor& of, float* host) {
  Tensor view = of;
  view.data = host;
  view.split = 0;
  view.rows = of.count();
  view.cols = view.pitch = 1;
  return view;
}

// A kernel's rows lie far apart, each on a page of its own, and there are fewer entries for pages than rows.
void prefer_huge_pages(void* block, size_t bytes) {
#if defined(__linux__)
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(block) + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(block) + bytes) / kHugePage * kHugePage;
  // A hint: a system that does not heed it is slower and no more.
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  static_cast<void>(block), static_cast<void>(bytes);
#endif
}

}  // namespace

// By calloc, whose large blocks are pages that cost nothing until they are touched. The block's own address is kept in
// front of the aligned one.
CpuMemory::CpuMemory(int64_t floats) : size_(floats) {
  void* const block = std::calloc(static_cast<size_t>(floats) + 2 * kAlignment / sizeof(float), sizeof(float));
  if (!block) throw std::bad_alloc();
  prefer_huge_pages(block, static_cast<size_t>(floats) * sizeof(float));
  const uintptr_t start = (reinterpret_cast<uintptr_t>(block) + 2 * kAlignment - 1) / kAlignment * kAlignment;
  reinterpret_cast<void**>(start)[-1] = block;
  data_.reset(reinterpret_cast<float*>(start));
}

void CpuMemory::Free::operator()(float* p) const { std::free(reinterpret_cast<void**>(p)[-1]); }

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
