// The label of a Caffe Datum, found without reading its image: for sets too large to be read through.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace siamese {

// Nothing when the bytes are no whole Datum, as src/data/datum.ts would say in words.
std::optional<int32_t> datum_label(const uint8_t* bytes, size_t size);

}  // namespace siamese
