// A smaller blob spread over a larger one, as Bias, Scale, BatchNorm and PReLU do: one value for `inner` rows each.
#pragma once
#include <cstdint>

#include "view.h"

namespace siamese {

struct Broadcast {
  int64_t size;   // values of the smaller blob
  int64_t inner;  // neighbouring rows that share one

  SIAMESE_HD int64_t operator()(int64_t row) const { return row / inner % size; }
};

// out(value, sum of term(row, col) over all elements that take that value), in a fixed order. `row_sums`: one per row.
template <class On, class Term, class Out>
void sum_by_value(On& on, int64_t rows, int64_t cols, Broadcast spread, float* row_sums, Term term, Out out) {
  on.sum_over_cols(rows, cols, term, [=] SIAMESE_HD(int64_t r, float sum) { row_sums[r] = sum; });
  on.sum_over_cols(
      spread.size, rows / spread.size,
      [=] SIAMESE_HD(int64_t value, int64_t k) {
        return row_sums[(k / spread.inner * spread.size + value) * spread.inner + k % spread.inner];
      },
      out);
}

}  // namespace siamese
