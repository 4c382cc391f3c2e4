// The inner loops of Convolution, InnerProduct and Pooling, compiled once per instruction set and chosen at run time.
// Vectors run along a row of images (or whatever a tensor's columns are); `cols` need not fill the last vector.
#pragma once
#include <cstdint>

namespace siamese {

// A place that a panel reads: floats from its x and units from its w.
struct Tap {
  int64_t x;
  int64_t w;
};

// y[m][n] = start + sum over taps t and i < inner of w[t.w * w_unit + i * w_step + m * w_row] * x[t.x + i * x_step + n]
// + bias[m] for m < rows and n < cols, where start is y itself (accumulate), or start[m], or 0.
struct PanelArguments {
  const float* x;
  int64_t x_step;
  const float* w;
  int64_t w_unit, w_step, w_row;
  const Tap* taps;
  int64_t tap_count, inner;
  float* y;
  int64_t y_step;     // from row to row
  const float* start;  // or null
  const float* bias;   // or null
  int64_t cols;
  bool accumulate;
  bool relu;  // y = max(y, 0) at the end
};
using Panel = void (*)(const PanelArguments&);

// sums[m * sums_row + k] += one vector of partial sums of dy[m * dy_row + at] * x[offsets[k] + at'], for m < rows, k <
// taps, over n < cols of p < positions of l < lines: at = l * dy_line + p * dy_step + n, at' likewise with x's steps.
struct DotsArguments {
  const float* dy;
  int64_t dy_row, dy_line, dy_step;
  const float* x;
  const int64_t* offsets;
  int64_t x_line, x_step;
  int64_t lines, positions, cols;
  float* sums;       // vectors
  int64_t sums_row;  // in vectors
};
using Dots = void (*)(const DotsArguments&);

// The places h * width + w, h in [top, bottom), w in [left, right), of an image.
struct Window {
  int64_t top, bottom, left, right, width;
  bool assign;
};

// A window of height x width places of which the first rows and cols are there.
struct Places {
  static constexpr uint8_t kNowhere = 255;
  int64_t height, width, rows, cols;
};

// y = (x - mean) * factor + shift, and max(y, 0) with relu.
struct SpanAffine {
  float mean, factor, shift;
  bool relu;
};

// dx = (dy - dy_mean - (x - x_mean) * slope) * factor
struct SpanCombine {
  float dy_mean, x_mean, slope, factor;
};

struct Kernels {
  static constexpr int kMaxRows = 14, kMaxVectors = 4, kMaxDots = 6;

  const char* name;
  int width;  // floats in a vector
  // panel[w_row == 1 ? 0 : 1][rows - 1][vectors - 1]; rows x vectors that would not fit the registers are null.
  int panel_rows;  // most rows of a panel of two vectors
  Panel panel[2][kMaxRows][kMaxVectors];
  // dots[rows - 1][taps - 1], rows <= dots_rows, taps <= dots_taps
  int dots_rows, dots_taps;
  Dots dots[kMaxDots][kMaxDots];

  // sums[m] += one vector of partial sums of dy[m * dy_row + p * dy_step + n]
  void (*row_sums)(const float* dy, int64_t rows, int64_t dy_row, int64_t positions, int64_t dy_step, int64_t cols,
                   float* sums);
  // The sum of the floats of each of `count` vectors.
  void (*fold)(const float* sums, int64_t count, float* out);
  // to[c][r] = from[r][c]
  void (*transpose)(const float* from, int64_t from_step, int64_t rows, int64_t cols, float* to, int64_t to_step);

  // One pooling window: rows of cols floats at x + place * x_pitch. Of equal maxima the first counts.
  void (*max_window)(const Window& window, const float* x, int64_t x_pitch, float* y, int64_t cols);
  void (*average_window)(const Window& window, float size, const float* x, int64_t x_pitch, float* y, int64_t cols);
  // dx += dy where x was the maximum. window.assign: dx is written instead, with 0 elsewhere.
  void (*max_window_backward)(const Window& window, const float* x, int64_t x_pitch, const float* y, const float* dy,
                              float* dx, int64_t dx_pitch, int64_t cols);
  void (*average_window_backward)(const Window& window, float size, const float* dy, float* dx, int64_t dx_pitch,
                                  int64_t cols);

  // A window over places that lie side by side: y[m * y_step + n] = the largest of x[(m * window.width * window.height
  // + i)
  // * x_pitch + n], i over the h * width + w with h < rows and w < cols, and index[m * index_step + n] = that i;
  // kNowhere where none is above `least`, which y is then.
  void (*max_places)(const Places& window, const float* x, int64_t x_pitch, float least, int64_t channels, float* y,
                     int64_t y_step, uint8_t* index, int64_t index_step, int64_t cols);
  // dx[n] = index[n] == place ? dy[n] : 0
  void (*unpool)(const uint8_t* index, int place, const float* dy, float* dx, int64_t cols);

  // Over n neighbouring floats: the sums of x, of (x - mean)^2, of (x - mean) * dy; and two maps, in place if wanted.
  double (*span_sum)(const float* x, int64_t n);
  double (*span_deviations)(const float* x, float mean, int64_t n);
  double (*span_products)(const float* x, float mean, const float* dy, int64_t n);
  void (*span_affine)(const float* x, const SpanAffine& by, float* y, int64_t n);
  void (*span_combine)(const float* dy, const float* x, const SpanCombine& by, float* dx, int64_t n);

  // out[i * m + j] = squared Euclidean distance of query i < n to target j < m, rows of `dimension` floats.
  void (*squared_distances)(const float* queries, int64_t n, const float* targets, int64_t m, int64_t dimension,
                            float* out);
  void (*squared_byte_distances)(const uint8_t* queries, int64_t n, const uint8_t* targets, int64_t m,
                                 int64_t dimension, float* out);
};

// The best set for this CPU; SIAMESE_VECTOR=generic|avx2|avx512 picks a lesser one, for tests.
const Kernels& kernels();

}  // namespace siamese
