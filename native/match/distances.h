// Distances between encodings and means of classes, row-major.
#pragma once
#include <cstddef>
#include <cstdint>

namespace siamese {

// out[i * m + j] = squared Euclidean distance of query i to target j: by differences, summed in double, so exact to a
// float's rounding even between near neighbours.
void squared_distances(const float* queries, size_t n, const float* targets, size_t m, size_t dimension, float* out);

// The same for bytes, such as pixels; exact until it is rounded to a float.
void squared_distances(const uint8_t* queries, size_t n, const uint8_t* targets, size_t m, size_t dimension, float* out);

// Mean and count of the encodings of each of k classes; the mean of an empty class is 0.
void class_means(const float* encodings, const int32_t* classes, size_t n, size_t dimension, size_t k, float* means,
                 int32_t* counts);

}  // namespace siamese
