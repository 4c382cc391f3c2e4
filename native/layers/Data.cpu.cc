// Data on the CPU: a table look-up per byte, written row by row of the batch-innermost blob.
#include "Data.h"

#include <stdexcept>
#include <string>

#include "cpu/on_cpu.h"

namespace siamese {

template <class On>
Data<On>::Data(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
  const Attributes& attributes = this->args.attributes;
  const Tensor y = this->top(0).data;
  if (y.shape.size() != 4 || y.split > 1) throw std::invalid_argument("plan: top 0 must be (N, C, H, W) in split 0 or 1");
  images_ = attributes.integer("images_per_blob", 1);
  if (images_ < 1 || y.dim(1) % images_ != 0) throw std::invalid_argument("plan: channels do not hold images_per_blob");
  items_ = y.dim(0);
  channels_ = y.dim(1) / images_;
  height_ = y.dim(2);
  width_ = y.dim(3);
  crop_ = attributes.integer("crop_size", 0);
  scale_ = static_cast<float>(attributes.number("scale", 1));
  means_.assign(static_cast<size_t>(channels_), 0);
  if (attributes.has("mean_values")) {
    const std::vector<double>& given = attributes.list("mean_values");
    if (given.size() > 1 && given.size() != means_.size()) throw std::invalid_argument("plan: mean_values: one per channel");
    for (size_t c = 0; !given.empty() && c < means_.size(); ++c) {
      means_[c] = static_cast<float>(given[given.size() == 1 ? 0 : c]);
    }
  }
  for (float mean : means_) {
    for (int byte = 0; byte < 256; ++byte) byte_table_.push_back((static_cast<float>(byte) - mean) * scale_);
  }
  places_.resize(static_cast<size_t>(items_ * images_));
  if (this->args.tops.size() > 1) {
    const Tensor label = this->top(1).data;
    const int64_t expected = items_ * (attributes.flag("output_all_labels") ? images_ : 1);
    if (label.count() != expected || label.split > 1) throw std::invalid_argument("plan: the label top has another size");
  }
}

template <class On>
void Data<On>::check_records(const Records& records) const {
  const auto text = [](int64_t c, int64_t h, int64_t w) {
    return std::to_string(c) + " x " + std::to_string(h) + " x " + std::to_string(w);
  };
  const bool fits = crop_ > 0 ? records.height >= height_ && records.width >= width_
                              : records.height == height_ && records.width == width_;
  if (records.channels != channels_ || !fits) {
    throw std::runtime_error("the records are " + text(records.channels, records.height, records.width) +
                             ", the layer takes " + text(channels_, height_, width_));
  }
}

template <class On>
void Data<On>::check_crop(const Records& records, const int32_t* crop) const {
  if (crop[0] < 0 || crop[0] + height_ > records.height || crop[1] < 0 || crop[1] + width_ > records.width ||
      (crop[2] | 1) != 1) {
    throw std::invalid_argument("run: a crop leaves its record");
  }
}

template <class On>
void Data<On>::forward(On& on) {
  if (feed_.order == nullptr) throw std::invalid_argument("run: no records were set");
  locate_images();
  copy_pixels(on);
  if (this->args.tops.size() > 1) copy_labels();
  feed_.order = nullptr;  // a feed serves one pass
}

template <class On>
void Data<On>::locate_images() {
  const Records& records = feed_.records;
  mirrored_ = false;
  for (int64_t n = 0; n < items_; ++n) {
    for (int64_t k = 0; k < images_; ++k) {
      const int64_t i = n * images_ + k;
      int64_t top = (records.height - height_) / 2, left = (records.width - width_) / 2, step = 1;
      if (feed_.crops) {
        top = feed_.crops[3 * i];
        left = feed_.crops[3 * i + 1];
        if (feed_.crops[3 * i + 2]) {
          step = -1;
          left += width_ - 1;
          mirrored_ = true;
        }
      }
      places_[static_cast<size_t>(k * items_ + n)] = {feed_.order[i] * records.size() + top * records.width + left, step};
    }
  }
}

template <class On>
void Data<On>::copy_pixels(On& on) {
  const Tensor y = this->top(0).data;
  const Records records = feed_.records;
  const float* const mean = feed_.mean;
  const int64_t items = items_, channels = channels_, height = height_, width = width_;
  const int64_t item_step = y.split == 1 ? 1 : y.rows / items * y.pitch, pixel_step = y.pitch;
  on.parallel(images_ * channels * height, [=](int64_t line) {
    const int64_t k = line / (channels * height), c = line / height % channels, row = line % height;
    const Place* const places = places_.data() + k * items;
    const float* const table = byte_table_.data() + 256 * c;
    const int64_t from = (c * records.height + row) * records.width;
    float* out = y.data + line * width * pixel_step;
    for (int64_t x = 0; x < width; ++x, out += pixel_step) {
      if (records.bytes && !mean && !mirrored_) {
        const uint8_t* const bytes = records.bytes + from + x;
        for (int64_t n = 0; n < items; ++n) out[n * item_step] = table[bytes[places[n].start]];
        continue;
      }
      for (int64_t n = 0; n < items; ++n) {
        const int64_t at = places[n].start + from + places[n].step * x;
        const float value = records.bytes ? static_cast<float>(records.bytes[at]) : records.floats[at];
        out[n * item_step] = (value - (mean ? mean[at % records.size()] : means_[static_cast<size_t>(c)])) * scale_;
      }
    }
  });
}

template <class On>
void Data<On>::copy_labels() {
  const Tensor top = this->top(1).data;
  const float* const labels = feed_.records.labels;
  const bool all = this->args.attributes.flag("output_all_labels");
  const int64_t per_item = all ? images_ : 1;
  for (int64_t n = 0; n < items_; ++n) {
    bool same = true;
    for (int64_t k = 0; k < images_; ++k) {
      const float label = labels[feed_.order[n * images_ + k]];
      same = same && label == labels[feed_.order[n * images_]];
      if (all || images_ == 1) {
        top.data[top.split == 1 ? k * top.pitch + n : (n * per_item + k) * top.pitch] = label;
      }
    }
    if (!all && images_ > 1) top.data[top.split == 1 ? n : n * top.pitch] = same ? 1.0f : 0.0f;
  }
}

template class Data<OnCpu>;

}  // namespace siamese
