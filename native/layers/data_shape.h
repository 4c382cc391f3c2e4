// The attributes of a Data layer, and which records and crops fit it: the same on every backend.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/feed.h"
#include "../engine/layer.h"

namespace siamese {

struct DataShape {
  int64_t items, images, channels, height, width, crop;
  float scale;
  bool all_labels;
  bool stacked;  // top 0 is (images * N, C, h, w): image 0 of every item, then image 1, ... (plans for a GPU only)
  std::vector<float> means;  // one per channel

  explicit DataShape(const LayerArguments& arguments) {
    const Attributes& attributes = arguments.attributes;
    const Tensor y = arguments.tops.at(0).data;
    if (y.shape.size() != 4 || y.split > 1) throw std::invalid_argument("plan: top 0 must be (N, C, H, W) in split 0 or 1");
    images = attributes.integer("images_per_blob", 1);
    stacked = attributes.flag("stacked");
    if (images < 1 || y.dim(stacked ? 0 : 1) % images != 0) {
      throw std::invalid_argument("plan: top 0 does not hold images_per_blob");
    }
    items = y.dim(0) / (stacked ? images : 1);
    channels = y.dim(1) / (stacked ? 1 : images);
    height = y.dim(2);
    width = y.dim(3);
    crop = attributes.integer("crop_size", 0);
    scale = static_cast<float>(attributes.number("scale", 1));
    all_labels = attributes.flag("output_all_labels");
    means.assign(static_cast<size_t>(channels), 0);
    if (attributes.has("mean_values")) {
      const std::vector<double>& given = attributes.list("mean_values");
      if (given.size() > 1 && given.size() != means.size()) throw std::invalid_argument("plan: mean_values: one per channel");
      for (size_t c = 0; !given.empty() && c < means.size(); ++c) {
        means[c] = static_cast<float>(given[given.size() == 1 ? 0 : c]);
      }
    }
    if (arguments.tops.size() > 1) {
      const Tensor label = arguments.tops[1].data;
      const int64_t expected = items * (all_labels ? images : 1);
      if (label.count() != expected || label.split > 1) throw std::invalid_argument("plan: the label top has another size");
    }
  }

  void check_records(const Records& records) const {
    const auto text = [](int64_t c, int64_t h, int64_t w) {
      return std::to_string(c) + " x " + std::to_string(h) + " x " + std::to_string(w);
    };
    const bool fits = crop > 0 ? records.height >= height && records.width >= width
                               : records.height == height && records.width == width;
    if (records.channels != channels || !fits) {
      throw std::runtime_error("the records are " + text(records.channels, records.height, records.width) +
                               ", the layer takes " + text(channels, height, width));
    }
  }

  // `place`: top, left, mirror.
  void check_crop(const Records& records, const int32_t* place) const {
    if (place[0] < 0 || place[0] + height > records.height || place[1] < 0 || place[1] + width > records.width ||
        (place[2] | 1) != 1) {
      throw std::invalid_argument("run: a crop leaves its record");
    }
  }
};

}  // namespace siamese
