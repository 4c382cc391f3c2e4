// The two nearest classes of each query, by means of classes or by neighbours.
#include "class_distances.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "each_row.h"
#include "rows.h"

namespace siamese {

namespace {

// Comparisons are false for what is no number: it is never nearest.
void go_on(const float* distances, const int32_t* labels, size_t m, int32_t offset, NearestTwo& found, int32_t& first) {
  float limit = found.squared[1];
  for (size_t j = 0; j < m; ++j) {
    const float d = distances[j];
    if (!(d < limit)) continue;
    const int32_t index = offset + static_cast<int32_t>(j);
    if (d < found.squared[0]) {
      if (found.index[0] >= 0 && labels[j] != first) {
        found.squared[1] = found.squared[0];
        found.index[1] = found.index[0];
      }
      found.squared[0] = d;
      found.index[0] = index;
      first = labels[j];
    } else if (labels[j] != first) {
      found.squared[1] = d;
      found.index[1] = index;
    }
    limit = found.squared[1];
  }
}

}  // namespace

void nearest_two(const float* queries, size_t n, const float* targets, const int32_t* labels, size_t m, size_t dimension,
                 int32_t offset, NearestTwo* found, int32_t* label_of_first) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    each_row(queries, from, to, targets, m, dimension, [&](size_t i, const float* distances) {
      go_on(distances, labels, m, offset, found[i], label_of_first[i]);
    });
  });
}

void least_two(const float* distances, size_t n, const int32_t* labels, size_t m, int32_t offset, NearestTwo* found,
               int32_t* label_of_first) {
  for (size_t i = 0; i < n; ++i) go_on(distances + i * m, labels, m, offset, found[i], label_of_first[i]);
}

void class_neighbours(const float* queries, size_t n, const float* targets, const int32_t* owners, size_t m,
                      size_t dimension, size_t k, size_t classes, float* least) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    each_row(queries, from, to, targets, m, dimension, [&](size_t i, const float* distances) {
      float* const row = least + i * classes * k;
      for (size_t j = 0; j < m; ++j) {
        if (owners[j] < 0) continue;
        float* const of_class = row + static_cast<size_t>(owners[j]) * k;
        const float d = distances[j];
        if (!(d < of_class[k - 1])) continue;
        size_t at = k - 1;
        for (; at > 0 && of_class[at - 1] > d; --at) of_class[at] = of_class[at - 1];
        of_class[at] = d;
      }
    });
  });
}

void neighbour_means(const float* least, size_t rows, size_t k, float* means) {
  for (size_t i = 0; i < rows; ++i) {
    double sum = 0;
    size_t count = 0;
    for (; count < k && least[i * k + count] < std::numeric_limits<float>::infinity(); ++count) {
      sum += std::sqrt(static_cast<double>(least[i * k + count]));
    }
    means[i] = count ? static_cast<float>(sum / static_cast<double>(count)) : std::numeric_limits<float>::infinity();
  }
}

}  // namespace siamese
