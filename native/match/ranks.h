// What all distances within one labelled set, or from one set to another, say of an encoder. Distances are squared.
#pragma once
#include <cstddef>
#include <cstdint>

namespace siamese {

// Bins of pair counts: a squared distance goes into the bin of its float's upper 22 bits without the sign, so that a bin
// is 2^-14 of its value wide. A distance that is no number goes into the last.
constexpr int kBinShift = 9;
constexpr size_t kBins = size_t{1} << (31 - kBinShift);

// Adds the pairs i < j of n encodings: to same[bin] where their classes are equal, else to different[bin].
void pair_counts(const float* encodings, const int32_t* classes, size_t n, size_t dimension, double* same,
                 double* different);

// Of each encoding against all others: the place of the first of its own class (0: there is none), and of the R nearest,
// R being how many others its class has, the precision (R-precision) and the average precision (MAP@R is their mean:
// Musgrave et al., 2020). Among equally near ones those of other classes come first.
void retrieval(const float* encodings, const int32_t* classes, size_t n, size_t dimension, int32_t* first,
               double* r_precision, double* average_precision);

// The k nearest targets of each query, nearest first, the lower index first among equals. indices and squared: n x k. Floats
// or bytes.
template <class Number>
void nearest(const Number* queries, size_t n, const Number* targets, size_t m, size_t dimension, size_t k,
             int32_t* indices, float* squared);

}  // namespace siamese
