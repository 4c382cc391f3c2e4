// The two nearest classes of each query, by means of classes or by neighbours, over any number of them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace siamese {

// What is known of the nearest targets of a query so far: the nearest, and the nearest with another label. Of equally near ones
// the first that came stays. Begins as {infinity, infinity} and {-1, -1}.
struct NearestTwo {
  float squared[2];
  int32_t index[2];
};

// Goes on with m targets, whose numbers begin at `offset`; label_of_first[i] is the label of query i's nearest so far.
void nearest_two(const float* queries, size_t n, const float* targets, const int32_t* labels, size_t m, size_t dimension,
                 int32_t offset, NearestTwo* found, int32_t* label_of_first);

// The same where the distances are at hand, n x m: no squares, but taken as they are.
void least_two(const float* distances, size_t n, const int32_t* labels, size_t m, int32_t offset, NearestTwo* found,
               int32_t* label_of_first);

// The k least squared distances of each query to the targets of each class, in order: n x classes x k floats, which begin as
// infinity and may be gone on with. owners: class of each target, -1 for one to leave out.
void class_neighbours(const float* queries, size_t n, const float* targets, const int32_t* owners, size_t m,
                      size_t dimension, size_t k, size_t classes, float* least);

// Mean of the k distances of each of `rows` (of all finite ones, where there are fewer; infinity for none).
void neighbour_means(const float* least, size_t rows, size_t k, float* means);

}  // namespace siamese
