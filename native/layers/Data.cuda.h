// Data on a GPU: a thread makes a float of a blob from the record that the iteration under way names. Records, their order
// and the crops lie in GPU memory; the engine says where, in a Feed that the kernel reads.
#pragma once
#include "../cuda/on_cuda.h"
#include "../data/bend.h"
#include "Data.h"

namespace siamese {

// What a thread needs to know of the layer and of the stretch of iterations.
struct DataSource {
  const Feed* feed;
  const Control* control;
  const float* means;
  int64_t items, images, channels, height, width;
  float scale, fill;
  bool all_labels, stacked, filled;

  // Number of an image of the pass under way among those of the stretch.
  SIAMESE_HD int64_t image(int64_t item, int64_t k) const {
    return (control->pass * items + item) * images + k;
  }
  SIAMESE_HD float value(int64_t i) const {
    const Records& records = feed->records;
    const int64_t w = i % width, h = i / width % height, c = i / width / height % channels;
    const int64_t n = i / width / height / channels;
    const int64_t which = stacked ? image(n % items, n / items) : image(n / images, n % images);
    if (feed->warps != nullptr) return warped(feed->order[which], feed->warps + feed->warp_size * which, c, h, w);
    int64_t top = (records.height - height) / 2, left = (records.width - width) / 2, x = w;
    if (feed->crops != nullptr) {
      const int32_t* const crop = feed->crops + 3 * which;
      top = crop[0];
      left = crop[1];
      if (crop[2] != 0) x = width - 1 - w;
    }
    return transformed(feed->order[which], c, top + h, left + x);
  }
  SIAMESE_HD float transformed(int64_t record, int64_t c, int64_t row, int64_t col) const {
    const Records& records = feed->records;
    const int64_t within = (c * records.height + row) * records.width + col;
    const int64_t at = record * records.size() + within;
    const float value = records.bytes != nullptr ? static_cast<float>(records.bytes[at]) : records.floats[at];
    return (value - (feed->mean != nullptr ? feed->mean[within] : means[c])) * scale;
  }
  // As native/data/warp.h: bilinear, beyond the border the fill, or the nearest pixel.
  SIAMESE_HD float warped(int64_t record, const float* map, int64_t c, int64_t h, int64_t w) const {
    float row = static_cast<float>(h), col = static_cast<float>(w);
    if (feed->warp_size == kBentWarpSize) bend(map + kMapSize, h, w, row, col);
    const float right = static_cast<float>(feed->records.width), bottom = static_cast<float>(feed->records.height);
    const float x = held(map[0] * col + (map[1] * row + map[2]), right), y = held(map[3] * col + (map[4] * row + map[5]), bottom);
    const int64_t left = static_cast<int64_t>(x), top = static_cast<int64_t>(y);
    const float u = x - static_cast<float>(left), v = y - static_cast<float>(top);
    const float p00 = bordered(record, c, top - 1, left - 1), p01 = bordered(record, c, top - 1, left);
    const float p10 = bordered(record, c, top, left - 1), p11 = bordered(record, c, top, left);
    const float above = p00 + u * (p01 - p00), below = p10 + u * (p11 - p10);
    return above + v * (below - above);
  }
  // As BendRows has it: across the columns of what each row of control points amounts to.
  SIAMESE_HD void bend(const float* points, int64_t h, int64_t w, float& row, float& col) const {
    const BendSpline down = BendSpline::at(h, height), along = BendSpline::at(w, width);
    float x[4], y[4];
    for (int64_t j = 0; j < 4; ++j) {
      const float* const from = points + down.first * kBendPoints + along.first + j;
      x[j] = down.mean(from, kBendPoints);
      y[j] = down.mean(from + kBendPoints * kBendPoints, kBendPoints);
    }
    col += along.mean(x, 1);
    row += along.mean(y, 1);
  }
  // Between -1 and `end`, and then counted from -1.
  SIAMESE_HD static float held(float place, float end) {
    const float from = place < -1.0f ? -1.0f : place;
    return (from < end ? from : end) + 1;
  }
  SIAMESE_HD float bordered(int64_t record, int64_t c, int64_t row, int64_t col) const {
    const int64_t last_row = feed->records.height - 1, last_col = feed->records.width - 1;
    const bool inside = row >= 0 && row <= last_row && col >= 0 && col <= last_col;
    if (!inside && filled) return (fill - means[c]) * scale;
    row = row < 0 ? 0 : row > last_row ? last_row : row;
    col = col < 0 ? 0 : col > last_col ? last_col : col;
    return transformed(record, c, row, col);
  }
  SIAMESE_HD float label(int64_t i) const {
    if (all_labels || images == 1) return label_of(control->pass * items * images + i);
    const float first = label_of(image(i, 0));
    for (int64_t k = 1; k < images; ++k) {
      if (label_of(image(i, k)) != first) return 0;
    }
    return 1;
  }
  SIAMESE_HD float label_of(int64_t which) const {
    return feed->records.labels[feed->order[which]] + (feed->label_shifts != nullptr ? feed->label_shifts[which] : 0);
  }
};

template <>
class Data<OnCuda> final : public Layer<OnCuda>, public FedLayer {
 public:
  explicit Data(LayerArguments arguments)
      : Layer<OnCuda>(std::move(arguments)), shape_(args), feed_(1), means_(static_cast<int64_t>(shape_.means.size())) {}

  int64_t records_per_pass() const override { return shape_.items * shape_.images; }
  void check_records(const Records& records) const override { shape_.check_records(records); }
  void check_crop(const Records& records, const int32_t* crop) const override { shape_.check_crop(records, crop); }

  // Pointers into GPU memory; order and crops are those of all passes of the coming stretch.
  void set_feed(const Feed& feed) override { next_ = feed; }
  // Takes effect in `stream`; next() must stay as it is until that has happened.
  void send_feed(OnCuda& on) {
    check(cudaMemcpyAsync(feed_.data(), &next_, sizeof next_, cudaMemcpyHostToDevice, on.stream()), "telling of records");
    if (sent_means_) return;
    on.copy_from_host(means_.data(), shape_.means.data(), means_.size());
    sent_means_ = true;
  }

  void forward(OnCuda& on) override {
    const float fill = static_cast<float>(args.attributes.number("warp_fill", 0));
    const DataSource source{feed_.data(),
                            on.control().data(),
                            means_.data(),
                            shape_.items,
                            shape_.images,
                            shape_.channels,
                            shape_.height,
                            shape_.width,
                            shape_.scale,
                            fill,
                            shape_.all_labels,
                            shape_.stacked,
                            args.attributes.has("warp_fill")};
    float* const y = top(0).data.data;
    const int64_t values = top(0).data.count();
    float* const labels = args.tops.size() > 1 ? top(1).data.data : nullptr;
    const int64_t label_count = labels != nullptr ? top(1).data.count() : 0;
    on.for_each(values + label_count, [=] SIAMESE_HD(int64_t i) {
      if (i < values) {
        y[i] = source.value(i);
      } else {
        labels[i - values] = source.label(i - values);
      }
    });
  }

 private:
  DataShape shape_;
  Feed next_;
  DeviceArray<Feed> feed_;
  DeviceArray<float> means_;
  bool sent_means_ = false;
};

}  // namespace siamese
