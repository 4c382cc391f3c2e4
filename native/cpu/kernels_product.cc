// Divides a product into panels: depth into what the second cache holds, rows and columns among the threads.
#include "kernels_product.h"

#include "kernels.h"
#include "kernels_blocks.h"

namespace siamese {

namespace {

constexpr int64_t kDepth = 512;         // rows of x in a panel: 64 KB of two vectors
constexpr int64_t kTasksPerThread = 4;  // so that an uneven division costs little
const Tap kOrigin = {0, 0};

// Most vectors side by side that leave room for `rows` rows.
int64_t most_vectors(const Kernels& k, bool unit_row, int64_t rows) {
  int64_t most = 1;
  for (int64_t v = 2; v <= Kernels::kMaxVectors; ++v) {
    if (k.panel[unit_row ? 0 : 1][rows - 1][v - 1]) most = v;
  }
  return most;
}

}  // namespace

void multiply(OnCpu& on, const Product& p) {
  const Kernels& k = kernels();
  const bool unit_row = p.w_row == 1;
  const Blocks row_blocks = Blocks::of_at_most(p.rows, k.panel_rows);
  if (row_blocks.count == 0 || p.cols == 0) return;
  const Blocks vectors =
      Blocks::of_at_most((p.cols + k.width - 1) / k.width, most_vectors(k, unit_row, row_blocks.size(0)));
  const Blocks depths = Blocks::of_at_most(p.depth, kDepth);

  const int64_t wanted = kTasksPerThread * on.threads();
  const Blocks row_tasks = Blocks::into(row_blocks.count, wanted);
  const Blocks col_tasks = Blocks::into(vectors.count, (wanted + row_tasks.count - 1) / row_tasks.count);

  on.parallel(row_tasks.count * col_tasks.count, [=, &k](int64_t task) {
    const int64_t row_task = task / col_tasks.count, col_task = task % col_tasks.count;
    for (int64_t d = 0; d < std::max<int64_t>(depths.count, 1); ++d) {
      const int64_t k0 = depths.count ? depths.begin(d) : 0, k1 = depths.count ? depths.end(d) : 0;
      for (int64_t r = row_tasks.begin(row_task); r < row_tasks.end(row_task); ++r) {
        const int64_t m0 = row_blocks.begin(r), m = row_blocks.size(r);
        for (int64_t c = col_tasks.begin(col_task); c < col_tasks.end(col_task); ++c) {
          const int64_t n0 = vectors.begin(c) * k.width, n = std::min(vectors.end(c) * k.width, p.cols) - n0;
          PanelArguments a;
          a.x = p.x + k0 * p.x_step + n0;
          a.x_step = p.x_step;
          a.w = p.w + m0 * p.w_row + k0 * p.w_step;
          a.w_unit = 0;
          a.w_step = p.w_step;
          a.w_row = p.w_row;
          a.taps = &kOrigin;
          a.tap_count = 1;
          a.inner = k1 - k0;
          a.y = p.y + m0 * p.y_step + n0;
          a.y_step = p.y_step;
          a.start = p.bias ? p.bias + m0 : nullptr;
          a.bias = nullptr;
          a.cols = n;
          a.accumulate = p.accumulate || d > 0;
          a.relu = p.relu && d + 1 >= depths.count;
          k.panel[unit_row ? 0 : 1][m - 1][vectors.size(c) - 1](a);
        }
      }
    }
  });
}

void multiply_rows(OnCpu& on, const float* w, int64_t w_step, const float* x, int64_t x_step, int64_t rows,
                   int64_t cols, int64_t depth, const float* bias, bool relu, float* y, int64_t y_step) {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(rows, k.dots_rows), col_blocks = Blocks::of_at_most(cols, k.dots_taps);
  on.parallel(row_blocks.count, [=, &k](int64_t r) {
    const int64_t m0 = row_blocks.begin(r), m = row_blocks.size(r);
    for (int64_t c = 0; c < col_blocks.count; ++c) {
      const int64_t n0 = col_blocks.begin(c), n = col_blocks.size(c);
      alignas(64) float sums[Kernels::kMaxDots * Kernels::kMaxDots * 16] = {};
      float folded[Kernels::kMaxDots * Kernels::kMaxDots];
      int64_t offsets[Kernels::kMaxDots];
      for (int64_t i = 0; i < n; ++i) offsets[i] = i * x_step;
      k.dots[m - 1][n - 1]({w + m0 * w_step, w_step, 0, 0, x + n0 * x_step, offsets, 0, 0, 1, 1, depth, sums, n});
      k.fold(sums, m * n, folded);
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          const float value = folded[i * n + j] + (bias ? bias[m0 + i] : 0);
          y[(m0 + i) * y_step + n0 + j] = relu && value < 0 ? 0 : value;
        }
      }
    }
  });
}

// Columns added up at a time; a multiple of any vectors' width.
static constexpr int64_t kPairs = 256;

void add_row_sums(OnCpu& on, const float* x, int64_t x_step, int64_t rows, int64_t cols, float* sums) {
  const Kernels& k = kernels();
  // An even number of columns may be the images of two towers. What those give to the bias of their encodings cancels out, in
  // Caffe to the last bit: a rest of rounding would be all that Adam sees, and it takes its whole step for it. So first each
  // image of one half is added to its like in the other.
  const int64_t half = cols % 2 == 0 ? cols / 2 : 0;
  const Blocks blocks = Blocks::of_at_most(rows, 64);
  on.parallel(blocks.count, [=, &k](int64_t b) {
    for (int64_t m = blocks.begin(b); m < blocks.end(b); ++m) {
      const float* const row = x + m * x_step;
      alignas(64) float vector[16] = {};
      alignas(64) float pairs[kPairs];
      for (int64_t n = 0; n < half; n += kPairs) {
        const int64_t count = std::min(kPairs, half - n);
        for (int64_t i = 0; i < count; ++i) pairs[i] = row[n + i] + row[n + half + i];
        k.row_sums(pairs, 1, 0, 1, 0, count, vector);
      }
      if (half == 0) k.row_sums(row, 1, 0, 1, 0, cols, vector);
      float sum;
      k.fold(vector, 1, &sum);
      sums[m] += sum;
    }
  });
}

}  // namespace siamese
