// Pair counts, ranks within a set, and nearest neighbours, over blocks of distances.
#include "ranks.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "cpu/kernels.h"
#include "each_row.h"
#include "rows.h"

namespace siamese {

namespace {

// Floats that are not negative are in the order of their bits; those of NaN are above those of infinity.
uint32_t bits_of(float squared) {
  uint32_t bits;
  std::memcpy(&bits, &squared, sizeof bits);
  return bits & 0x7fffffffu;
}

}  // namespace

void pair_counts(const float* encodings, const int32_t* classes, size_t n, size_t dimension, double* same,
                 double* different) {
  // Rows i and n - 1 - i have together as many pairs as any two: parts of the lower half of the rows are equal work.
  const size_t half = (n + 1) / 2;
  std::mutex merging;
  over_rows(half, n * n * dimension / 2, [&](size_t from, size_t to) {
    std::vector<uint32_t> counts(2 * kBins);
    std::vector<float> distances(n);
    const auto row = [&](size_t i) {
      const size_t others = n - i - 1;
      kernels().squared_distances(encodings + i * dimension, 1, encodings + (i + 1) * dimension,
                                  static_cast<int64_t>(others), static_cast<int64_t>(dimension), distances.data());
      for (size_t j = 0; j < others; ++j) {
        const size_t kind = classes[i + 1 + j] == classes[i] ? 0 : kBins;
        ++counts[kind + (bits_of(distances[j]) >> kBinShift)];
      }
    };
    const auto flush = [&] {
      const std::lock_guard<std::mutex> lock(merging);
      for (size_t b = 0; b < kBins; ++b) {
        if (counts[b]) same[b] += counts[b];
        if (counts[kBins + b]) different[b] += counts[kBins + b];
      }
    };
    // A bin must not overflow: 2^31 pairs between two additions are safe.
    const size_t rows_between = std::max<size_t>(1, (size_t{1} << 31) / (2 * n + 1));
    size_t done = 0;
    for (size_t i = from; i < to; ++i) {
      row(i);
      if (n - 1 - i != i) row(n - 1 - i);
      if (++done % rows_between == 0) {
        flush();
        std::fill(counts.begin(), counts.end(), 0);
      }
    }
    flush();
  });
}

void retrieval(const float* encodings, const int32_t* classes, size_t n, size_t dimension, int32_t* first,
               double* r_precision, double* average_precision) {
  over_rows(n, n * n * dimension, [&](size_t from, size_t to) {
    std::vector<uint32_t> keys(n);
    each_row(encodings, from, to, encodings, n, dimension, [&](size_t i, const float* distances) {
      // Distance, then 1 for the same class: so others come first among equals.
      size_t relevant = 0, count = 0;
      uint32_t best = UINT32_MAX;
      for (size_t j = 0; j < n; ++j) {
        if (j == i) continue;
        const bool same = classes[j] == classes[i];
        const uint32_t key = bits_of(distances[j]) << 1 | (same ? 1u : 0u);
        if (same) best = std::min(best, key);
        relevant += same;
        keys[count++] = key;
      }
      first[i] = 0;
      r_precision[i] = average_precision[i] = 0;
      if (relevant == 0) return;
      size_t before = 0;
      for (size_t j = 0; j < count; ++j) before += keys[j] < best;
      first[i] = static_cast<int32_t>(before) + 1;
      const auto end = keys.begin() + static_cast<std::ptrdiff_t>(relevant);
      std::nth_element(keys.begin(), end - 1, keys.begin() + static_cast<std::ptrdiff_t>(count));
      std::sort(keys.begin(), end);
      size_t hits = 0;
      double sum = 0;
      for (size_t r = 0; r < relevant; ++r) {
        if (keys[r] & 1u) sum += static_cast<double>(++hits) / static_cast<double>(r + 1);
      }
      r_precision[i] = static_cast<double>(hits) / static_cast<double>(relevant);
      average_precision[i] = sum / static_cast<double>(relevant);
    });
  });
}

template <class Number>
void nearest(const Number* queries, size_t n, const Number* targets, size_t m, size_t dimension, size_t k,
             int32_t* indices, float* squared) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    std::vector<uint64_t> heap;
    each_row(queries, from, to, targets, m, dimension, [&](size_t i, const float* distances) {
      heap.clear();
      for (size_t j = 0; j < m; ++j) {
        const uint64_t key = uint64_t{bits_of(distances[j])} << 32 | j;
        if (heap.size() < k) {
          heap.push_back(key);
          std::push_heap(heap.begin(), heap.end());
        } else if (key < heap.front()) {
          std::pop_heap(heap.begin(), heap.end());
          heap.back() = key;
          std::push_heap(heap.begin(), heap.end());
        }
      }
      std::sort_heap(heap.begin(), heap.end());
      for (size_t r = 0; r < k; ++r) {
        const size_t j = static_cast<size_t>(heap[r] & 0xffffffffu);
        indices[i * k + r] = static_cast<int32_t>(j);
        squared[i * k + r] = distances[j];
      }
    });
  });
}

template void nearest(const float*, size_t, const float*, size_t, size_t, size_t, int32_t*, float*);
template void nearest(const uint8_t*, size_t, const uint8_t*, size_t, size_t, size_t, int32_t*, float*);

}  // namespace siamese
