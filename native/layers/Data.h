// Records to blobs: (x - mean) * scale, cropped and mirrored, and their labels. The engine sets a Feed before each pass.
// top 0: (N, C * images_per_blob, h, w), split 0 or 1. top 1, optional: (N) labels; with several images per blob (N, 1):
// 1 where all labels of the item are equal, else 0, or with output_all_labels (N, images_per_blob).
// Attributes: scale number (1), crop_size integer (0: none), mean_values list (empty, one, or one per channel),
// images_per_blob integer (1), output_all_labels bool (false), warp_fill number (what warped images show beyond their
// border, as a byte; without it the nearest pixel). Within a pass: the images of item 0, then of item 1, ...
// Source: Caffe data_transformer.cpp.
#pragma once
#include <vector>

#include "../engine/feed.h"
#include "../engine/layer.h"
#include "data_shape.h"

namespace siamese {

template <class On>
class Data final : public Layer<On>, public FedLayer {
 public:
  explicit Data(LayerArguments arguments);

  int64_t records_per_pass() const override { return shape_.items * shape_.images; }
  void check_records(const Records& records) const override { shape_.check_records(records); }
  void check_crop(const Records& records, const int32_t* crop) const override { shape_.check_crop(records, crop); }
  void set_feed(const Feed& feed) override { feed_ = feed; }

  void forward(On& on) override;

 private:
  void locate_images();
  void copy_labels();
  void copy_pixels(On& on);
  void copy_warped(On& on);

  // Where an image's first pixel of the crop lies in the records, and the step from a pixel to the next: -1 mirrored.
  struct Place {
    int64_t start;
    int64_t step;
  };

  DataShape shape_;
  std::vector<float> byte_table_;  // per channel, what each byte becomes
  std::vector<Place> places_;      // image-major: those of image 0 of every item first
  bool mirrored_ = false;
  std::vector<float> planes_;  // of copy_warped, one per task
  Feed feed_;
};

}  // namespace siamese
