// What a Data layer eats: a set of records, and which of them the coming pass takes.
#pragma once
#include <cstdint>

#include "host_device.h"

namespace siamese {

// Records of one size, C x H x W each, one after another; bytes or floats, never both.
struct Records {
  const uint8_t* bytes = nullptr;
  const float* floats = nullptr;
  const float* labels = nullptr;
  int64_t count = 0;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;

  SIAMESE_HD int64_t size() const { return channels * height * width; }
};

// Floats of an affine map, and cells and control points of a bend along each axis.
constexpr int64_t kMapSize = 6, kBendCells = 3, kBendPoints = kBendCells + 3;
constexpr int64_t kBentWarpSize = kMapSize + 2 * kBendPoints * kBendPoints;

// One pass. `order` has one record number per image; `crops` three ints per image (top, left, mirror) or null: centre.
// `warps`, if not null, stand for the crops: kMapSize floats a, b, c, d, e, f per image, pixel (x, y) of the top being the
// record's at (a x + b y + c, d x + e y + f). With kBentWarpSize of them, bends follow (data/bend.h): (x, y) is moved by them
// before it is mapped. `label_shifts` are added to the labels, one per image, or null.
struct Feed {
  Records records;
  const float* mean = nullptr;  // C x H x W of the whole record, or null
  const int32_t* order = nullptr;
  const int32_t* crops = nullptr;
  const float* warps = nullptr;
  int64_t warp_size = 0;  // floats per image
  const float* label_shifts = nullptr;
};

// A layer that a feed can be set before.
class FedLayer {
 public:
  virtual ~FedLayer() = default;
  virtual int64_t records_per_pass() const = 0;
  // Throws std::runtime_error if records of this size cannot be what the layer's tops hold.
  virtual void check_records(const Records& records) const = 0;
  // Throws std::invalid_argument if the crop (top, left, mirror) leaves the record.
  virtual void check_crop(const Records& records, const int32_t* crop) const = 0;
  virtual void set_feed(const Feed& feed) = 0;
};

}  // namespace siamese
