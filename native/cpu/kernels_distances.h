// Squared distances of the instruction set that a file is compiled for.
#pragma once
#include <cstdint>

namespace siamese {
namespace SIAMESE_ISA {

// See Kernels.
void squared_distances(const float* queries, int64_t n, const float* targets, int64_t m, int64_t dimension, float* out);
void squared_byte_distances(const uint8_t* queries, int64_t n, const uint8_t* targets, int64_t m, int64_t dimension,
                            float* out);

}  // namespace SIAMESE_ISA
}  // namespace siamese
