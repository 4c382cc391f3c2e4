// Inflates a zlib stream (RFC 1950, RFC 1951) of a size that is known beforehand, as a PNG's image data is.
//
// For small images: zlib is faster from some hundred kilobytes on, but loading Node's module of it takes longer than all else
// that is done to classify one image.
#pragma once
#include <cstddef>
#include <cstdint>

namespace siamese {

// Fills out[0, size). Throws std::runtime_error "truncated" where the stream ends early or has fewer bytes, "too long" where
// it has more, and what is wrong with it where it is corrupt.
void inflate(const uint8_t* stream, size_t length, uint8_t* out, size_t size);

}  // namespace siamese
