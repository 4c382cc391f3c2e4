// Data on the CPU: a table look-up per byte, written row by row of the batch-innermost blob.
#include "Data.h"

#include <stdexcept>

#include "cpu/on_cpu.h"
#include "data/warp.h"

namespace siamese {

template <class On>
Data<On>::Data(LayerArguments arguments) : Layer<On>(std::move(arguments)), shape_(this->args) {
  if (shape_.stacked) throw std::invalid_argument("plan: a Data layer that stacks images is a GPU's");
  for (float mean : shape_.means) {
    for (int byte = 0; byte < 256; ++byte) byte_table_.push_back((static_cast<float>(byte) - mean) * shape_.scale);
  }
  places_.resize(static_cast<size_t>(shape_.items * shape_.images));
}

template <class On>
void Data<On>::forward(On& on) {
  if (feed_.order == nullptr) throw std::invalid_argument("run: no records were set");
  if (feed_.warps) {
    copy_warped(on);
  } else {
    locate_images();
    copy_pixels(on);
  }
  if (this->args.tops.size() > 1) copy_labels();
  feed_.order = nullptr;  // a feed serves one pass
}

template <class On>
void Data<On>::locate_images() {
  const Records& records = feed_.records;
  mirrored_ = false;
  for (int64_t n = 0; n < shape_.items; ++n) {
    for (int64_t k = 0; k < shape_.images; ++k) {
      const int64_t i = n * shape_.images + k;
      int64_t top = (records.height - shape_.height) / 2, left = (records.width - shape_.width) / 2, step = 1;
      if (feed_.crops) {
        top = feed_.crops[3 * i];
        left = feed_.crops[3 * i + 1];
        if (feed_.crops[3 * i + 2]) {
          step = -1;
          left += shape_.width - 1;
          mirrored_ = true;
        }
      }
      places_[static_cast<size_t>(k * shape_.items + n)] = {feed_.order[i] * records.size() + top * records.width + left, step};
    }
  }
}

template <class On>
void Data<On>::copy_pixels(On& on) {
  const Tensor y = this->top(0).data;
  const Records records = feed_.records;
  const float* const mean = feed_.mean;
  const int64_t items = shape_.items, channels = shape_.channels, height = shape_.height, width = shape_.width;
  const int64_t item_step = y.split == 1 ? 1 : y.rows / items * y.pitch, pixel_step = y.pitch;
  on.parallel(shape_.images * channels * height, [=](int64_t line) {
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
        out[n * item_step] = (value - (mean ? mean[at % records.size()] : shape_.means[static_cast<size_t>(c)])) * shape_.scale;
      }
    }
  });
}

// In groups of images whose pixels lie on the same cache lines of the blob.
template <class On>
void Data<On>::copy_warped(On& on) {
  constexpr int64_t kGroup = 16;
  const Tensor y = this->top(0).data;
  const Records records = feed_.records;
  const int64_t groups = (shape_.items + kGroup - 1) / kGroup, plane_size = PaddedPlane::size(records.height, records.width);
  const int64_t item_step = y.split == 1 ? 1 : y.rows / shape_.items * y.pitch;
  const bool filled = this->args.attributes.has("warp_fill"), bent = feed_.warp_size == kBentWarpSize;
  const float fill = static_cast<float>(this->args.attributes.number("warp_fill", 0));
  planes_.resize(static_cast<size_t>(shape_.images * groups * plane_size));
  on.parallel(shape_.images * groups, [=](int64_t task) {
    const int64_t k = task / groups, first = task % groups * kGroup;
    PaddedPlane plane(planes_.data() + task * plane_size, records.height, records.width);
    BendRows bends(bent ? shape_.height : 0, bent ? shape_.width : 0);
    for (int64_t n = first; n < std::min(first + kGroup, shape_.items); ++n) {
      const int64_t image = n * shape_.images + k, record = feed_.order[image] * records.size();
      for (int64_t c = 0; c < shape_.channels; ++c) {
        const float mean = shape_.means[static_cast<size_t>(c)];
        const float* const table = byte_table_.data() + 256 * c;
        int64_t in_record = c * records.height * records.width;
        for (int64_t row = 0; row < records.height; ++row) {
          for (int64_t col = 0; col < records.width; ++col, ++in_record) {
            const int64_t at = record + in_record;
            if (records.bytes && !feed_.mean) {
              plane.at(row, col) = table[records.bytes[at]];
            } else {
              const float value = records.bytes ? static_cast<float>(records.bytes[at]) : records.floats[at];
              plane.at(row, col) = (value - (feed_.mean ? feed_.mean[in_record] : mean)) * shape_.scale;
            }
          }
        }
        if (filled) {
          plane.surround((fill - mean) * shape_.scale);
        } else {
          plane.extend();
        }
        float* const out = y.data + (k * shape_.channels + c) * shape_.height * shape_.width * y.pitch + n * item_step;
        plane.warp(feed_.warps + feed_.warp_size * image, bent ? &bends : nullptr, shape_.height, shape_.width, out, y.pitch);
      }
    }
  });
}

template <class On>
void Data<On>::copy_labels() {
  const Tensor top = this->top(1).data;
  const float* const labels = feed_.records.labels;
  const bool all = shape_.all_labels;
  const int64_t per_item = all ? shape_.images : 1;
  for (int64_t n = 0; n < shape_.items; ++n) {
    bool same = true;
    float first = 0;
    for (int64_t k = 0; k < shape_.images; ++k) {
      const int64_t image = n * shape_.images + k;
      const float label = labels[feed_.order[image]] + (feed_.label_shifts ? feed_.label_shifts[image] : 0);
      if (k == 0) first = label;
      same = same && label == first;
      if (all || shape_.images == 1) {
        top.data[top.split == 1 ? k * top.pitch + n : (n * per_item + k) * top.pitch] = label;
      }
    }
    if (!all && shape_.images > 1) top.data[top.split == 1 ? n : n * top.pitch] = same ? 1.0f : 0.0f;
  }
}

template class Data<OnCpu>;

}  // namespace siamese
