// Protobuf's wire format, as far as skipping fields needs it.
#include "datum.h"

namespace siamese {
namespace {

constexpr uint64_t kLabelField = 5;

class WireReader {
 public:
  WireReader(const uint8_t* bytes, size_t size) : at_(bytes), end_(bytes + size) {}

  bool done() const { return at_ == end_; }

  bool varint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) return false;
      const uint8_t byte = *at_++;
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool skip(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) return false;
    at_ += bytes;
    return true;
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace

std::optional<int32_t> datum_label(const uint8_t* bytes, size_t size) {
  WireReader in(bytes, size);
  int32_t label = 0;
  while (!in.done()) {
    uint64_t tag, value;
    if (!in.varint(tag) || (tag >> 3) == 0) return std::nullopt;
    switch (tag & 7) {
      case 0:
        if (!in.varint(value)) return std::nullopt;
        if (tag >> 3 == kLabelField) label = static_cast<int32_t>(value);
        break;
      case 1:
        if (!in.skip(8)) return std::nullopt;
        break;
      case 2:
        if (!in.varint(value) || !in.skip(value)) return std::nullopt;
        break;
      case 5:
        if (!in.skip(4)) return std::nullopt;
        break;
      default:
        return std::nullopt;
    }
  }
  return label;
}

}  // namespace siamese
