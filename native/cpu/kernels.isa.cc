// The table of kernels of one instruction set: which blocks its registers hold.
#include "kernels_distances.h"
#include "kernels_dots.h"
#include "kernels_panel.h"
#include "kernels_spans.h"
#include "kernels_transpose.h"
#include "kernels_window.h"

namespace siamese {
namespace SIAMESE_ISA {

#if defined(__AVX512F__)
constexpr const char* kName = "avx512";
#elif defined(__AVX2__)
constexpr const char* kName = "avx2";
#elif defined(__aarch64__)
constexpr const char* kName = "neon";
#else
constexpr const char* kName = "generic";
#endif

// Of 32 registers (AVX-512, NEON) 28 may hold sums; of 16 (SSE, AVX2) 12.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kSums = 28, kPanelRows = 12, kDotsRows = 5, kDotsTaps = 5;
#else
constexpr int kSums = 12, kPanelRows = 6, kDotsRows = 3, kDotsTaps = 3;
#endif

template <bool kUnitRow, int kRows, int kVectors>
constexpr Panel panel_or_null() {
  if constexpr (kRows * kVectors <= kSums) return panel<kRows, kVectors, kUnitRow>;
  return nullptr;
}
template <int kRows, int kTaps>
constexpr Dots dots_or_null() {
  if constexpr (kRows <= kDotsRows && kTaps <= kDotsTaps) return dots<kRows, kTaps>;
  return nullptr;
}

#define SIAMESE_VECTORS(U, R) \
  {panel_or_null<U, R, 1>(), panel_or_null<U, R, 2>(), panel_or_null<U, R, 3>(), panel_or_null<U, R, 4>()}
#define SIAMESE_ROWS(U)                                                                            \
  {SIAMESE_VECTORS(U, 1),  SIAMESE_VECTORS(U, 2),  SIAMESE_VECTORS(U, 3),  SIAMESE_VECTORS(U, 4),  \
   SIAMESE_VECTORS(U, 5),  SIAMESE_VECTORS(U, 6),  SIAMESE_VECTORS(U, 7),  SIAMESE_VECTORS(U, 8),  \
   SIAMESE_VECTORS(U, 9),  SIAMESE_VECTORS(U, 10), SIAMESE_VECTORS(U, 11), SIAMESE_VECTORS(U, 12), \
   SIAMESE_VECTORS(U, 13), SIAMESE_VECTORS(U, 14)}
#define SIAMESE_TAPS(R)                                              \
  {dots_or_null<R, 1>(), dots_or_null<R, 2>(), dots_or_null<R, 3>(), \
   dots_or_null<R, 4>(), dots_or_null<R, 5>(), dots_or_null<R, 6>()}

extern const Kernels table;
const Kernels table = {
    kName,
    kWidth,
    kPanelRows,
    {SIAMESE_ROWS(true), SIAMESE_ROWS(false)},
    kDotsRows,
    kDotsTaps,
    {SIAMESE_TAPS(1), SIAMESE_TAPS(2), SIAMESE_TAPS(3), SIAMESE_TAPS(4), SIAMESE_TAPS(5), SIAMESE_TAPS(6)},
    row_sums,
    fold,
    transpose,
    max_window,
    average_window,
    max_window_backward,
    average_window_backward,
    max_places,
    unpool,
    span_sum,
    span_deviations,
    span_products,
    span_affine,
    span_combine,
    squared_distances,
    squared_byte_distances};

}  // namespace SIAMESE_ISA
}  // namespace siamese
