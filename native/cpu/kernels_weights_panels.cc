// Copies x and dy, then goes over the places in parts that fit the first cache, all rows and taps for each.
#include "kernels_weights_panels.h"

#include <algorithm>

namespace siamese {

namespace {

constexpr int64_t kVectors = 2;         // of channels side by side
constexpr int64_t kPlaces = 256;        // places times images of a chunk: 32 KB of x
constexpr int64_t kSums = 64 << 10;     // floats of sums of a task, in the second cache
constexpr int64_t kTasksPerThread = 4;
constexpr int64_t kFewRows = 8, kFewPlaces = 32;  // with fewer, copies cost more than they save

SpatialAxis last_but(const std::vector<SpatialAxis>& axes, size_t back) {
  return axes.size() > back ? axes[axes.size() - 1 - back] : SpatialAxis{1, 1, 1, 1, 0, 1};
}

int64_t step_of(const std::vector<int64_t>& steps, size_t back) {
  return steps.size() > back ? steps[steps.size() - 1 - back] : 0;
}

}  // namespace

bool WeightPanels::suits(const WeightShape& s) {
  if (!s.foldable || s.axes.empty() || s.axes.size() > 2 || s.rows < kFewRows) return false;
  const int64_t width = kernels().width, whole = (s.channels + width - 1) / width * width;
  return s.channels * 5 >= whole * 4 && last_but(s.axes, 0).out * last_but(s.axes, 1).out * s.cols >= kFewPlaces;
}

WeightPanels::WeightPanels(const WeightShape& shape)
    : s_(shape),
      h_(last_but(s_.axes, 1)),
      w_(last_but(s_.axes, 0)),
      x_h_(step_of(s_.x_axis, 1)),
      x_w_(step_of(s_.x_axis, 0)),
      dy_h_(step_of(s_.dy_axis, 1)),
      dy_w_(step_of(s_.dy_axis, 0)),
      side_(kVectors * kernels().width),
      x_line_(Fold::forward(w_, s_.cols).x) {
  list_chunks();
}

void WeightPanels::list_chunks() {
  std::vector<int64_t> at(static_cast<size_t>(h_.in), -1);  // of a line of x, among those read
  const auto source = [&](int64_t line, int64_t kernel) { return line * h_.stride - h_.pad + kernel * h_.dilation; };
  for (int64_t line = 0; line < h_.out; ++line) {
    for (int64_t k = 0; k < h_.kernel; ++k) {
      if (const int64_t from = source(line, k); from >= 0 && from < h_.in) at[from] = 0;
    }
  }
  for (int64_t line = 0; line < h_.in; ++line) {
    if (at[line] < 0) continue;
    at[line] = static_cast<int64_t>(x_lines_.size());
    x_lines_.push_back(line);
  }

  const int64_t length = w_.out * s_.cols, x_floats = x_line_.floats() * side_;
  const Blocks parts = Blocks::of_at_most(length, kPlaces);
  const int64_t lines = std::max<int64_t>(1, kPlaces / length);
  for (int64_t first = 0; first < h_.out; first += lines) {
    for (int64_t part = 0; part < parts.count; ++part) {
      Chunk chunk = {parts.begin(part), parts.size(part), {}};
      for (int64_t k = 0; k < h_.kernel; ++k) {
        std::vector<Tap>& taps = chunk.taps.emplace_back();
        for (int64_t line = first; line < std::min(first + lines, h_.out); ++line) {
          const int64_t from = source(line, k);
          if (from < 0 || from >= h_.in) continue;
          taps.push_back({at[from] * x_floats, line * (dy_in_place() ? dy_h_ : length)});
        }
      }
      chunks_.push_back(std::move(chunk));
    }
  }
}

Blocks WeightPanels::channel_blocks() const { return {s_.channels, (s_.channels + side_ - 1) / side_}; }
Blocks WeightPanels::row_blocks() const { return Blocks::of_at_most(s_.rows, kernels().panel_rows); }

int64_t WeightPanels::scratch() const {
  const int64_t x = s_.groups * channel_blocks().count * x_block_floats();
  return (x + 15) / 16 * 16 + (dy_in_place() ? 0 : s_.groups * s_.rows * h_.out * w_.out * s_.cols);
}

// To [group][block of channels][line][phase][place][image][channel], padding and all.
void WeightPanels::pack_x(OnCpu& on, const float* x, float* packed) const {
  const Kernels& k = kernels();
  const int64_t lines = static_cast<int64_t>(x_lines_.size()), blocks = channel_blocks().count;
  on.parallel(s_.groups * blocks * lines, [=, &k](int64_t task) {
    const int64_t line = task % lines, block = task / lines % blocks, group = task / (lines * blocks);
    const int64_t c0 = block * side_, channels = std::min(side_, s_.channels - c0), step = s_.cols * side_;
    const float* const from = x + (group * s_.channels + c0) * s_.x_channel + x_lines_[line] * x_h_;
    float* to = packed + (group * blocks + block) * x_block_floats() + line * x_line_.floats() * side_;
    for (int64_t phase = 0; phase < x_line_.phases; ++phase, to += x_line_.length * step) {
      const auto [first, last] = x_line_.within(phase);
      const int64_t shift = phase - x_line_.left;
      std::fill(to, to + first * step, 0.f);
      if (x_line_.stride == 1 && x_w_ == s_.cols) {
        k.transpose(from + (first + shift) * x_w_, s_.x_channel, channels, (last - first) * s_.cols, to + first * step,
                    side_);
      } else {
        for (int64_t p = first; p < last; ++p) {
          k.transpose(from + (p * x_line_.stride + shift) * x_w_, s_.x_channel, channels, s_.cols, to + p * step,
                      side_);
        }
      }
      std::fill(to + last * step, to + x_line_.length * step, 0.f);
    }
  });
}

// To [group][block of rows][line][place][image][row].
void WeightPanels::pack_dy(OnCpu& on, const float* dy, float* packed) const {
  const Kernels& k = kernels();
  const Blocks blocks = row_blocks();
  const int64_t length = w_.out * s_.cols, places = h_.out * length;
  on.parallel(s_.groups * blocks.count * h_.out, [=, &k](int64_t task) {
    const int64_t line = task % h_.out, block = task / h_.out % blocks.count, group = task / (h_.out * blocks.count);
    const int64_t m0 = group * s_.rows + blocks.begin(block), rows = blocks.size(block);
    const float* const from = dy + m0 * s_.dy_channel + line * dy_h_;
    float* const to = packed + m0 * places + line * length * rows;
    for (int64_t p = 0; p < w_.out; ++p) {
      k.transpose(from + p * dy_w_, s_.dy_channel, rows, s_.cols, to + p * s_.cols * rows, rows);
    }
  });
}

void WeightPanels::add(OnCpu& on, const float* x, const float* dy, float* dw, float* db, float* scratch) const {
  if (db) add_bias(on, dy, db);
  if (!dw) return;
  float* const packed_dy = scratch + (s_.groups * channel_blocks().count * x_block_floats() + 15) / 16 * 16;
  pack_x(on, x, scratch);
  if (!dy_in_place()) {
    pack_dy(on, dy, packed_dy);
    dy = packed_dy;
  }

  const Blocks blocks = row_blocks(), channels = channel_blocks();
  const int64_t rows = blocks.size(0), taps = h_.kernel * w_.kernel, sides = s_.groups * channels.count;
  const Blocks tap_tasks = Blocks::of_at_most(taps, std::max<int64_t>(1, kSums / (rows * side_)));
  const int64_t most = std::max<int64_t>(1, kSums / (rows * side_ * tap_tasks.size(0)));
  const int64_t wanted = kTasksPerThread * on.threads(), others = sides * tap_tasks.count;
  const Blocks row_tasks =
      Blocks::into(blocks.count, std::max((blocks.count + most - 1) / most, (wanted + others - 1) / others));
  on.parallel(others * row_tasks.count, [=](int64_t i) {
    const int64_t r = i % row_tasks.count, t = i / row_tasks.count % tap_tasks.count;
    const int64_t side = i / (row_tasks.count * tap_tasks.count);
    const Task task = {side / channels.count,  side % channels.count, row_tasks.begin(r),
                       row_tasks.end(r),       tap_tasks.begin(t),    tap_tasks.end(t)};
    run(task, scratch + side * x_block_floats(), dy, dw);
  });
}

void WeightPanels::run(const Task& task, const float* x, const float* dy, float* dw) const {
  const Kernels& k = kernels();
  const Blocks blocks = row_blocks();
  const int64_t places = h_.out * w_.out * s_.cols, taps = task.last_tap - task.first_tap;
  PanelArguments a = {};
  a.x_step = side_;
  a.w_unit = a.w_step = 1;
  a.w_row = dy_in_place() ? s_.dy_channel : 1;
  a.y_step = side_;
  a.cols = std::min(side_, s_.channels - task.channels * side_);
  a.accumulate = true;
  const int64_t vectors = (a.cols + k.width - 1) / k.width;

  alignas(64) float sums[kSums];  // [block of rows][tap][row][channel]
  const int64_t first_row = blocks.begin(task.first_block), rows = blocks.begin(task.last_block) - first_row;
  std::fill(sums, sums + rows * taps * side_, 0.f);
  for (const Chunk& chunk : chunks_) {
    for (int64_t b = task.first_block; b < task.last_block; ++b) {
      if (!dy_in_place()) a.w_unit = a.w_step = blocks.size(b);
      const int64_t row = task.group * s_.rows + blocks.begin(b);
      a.w = dy + row * (dy_in_place() ? s_.dy_channel : places) + chunk.begin * a.w_step;
      a.y = sums + (blocks.begin(b) - first_row) * taps * side_;
      a.inner = chunk.size;
      const Panel panel = k.panel[dy_in_place() ? 1 : 0][blocks.size(b) - 1][vectors - 1];
      for (int64_t t = task.first_tap; t < task.last_tap; ++t, a.y += blocks.size(b) * side_) {
        const std::vector<Tap>& lines = chunk.taps[t / w_.kernel];
        const int64_t from = t % w_.kernel * w_.dilation;
        const int64_t place = from % w_.stride * x_line_.length + from / w_.stride;
        a.x = x + (place * s_.cols + chunk.begin) * side_;
        a.taps = lines.data();
        a.tap_count = static_cast<int64_t>(lines.size());
        if (a.tap_count > 0) panel(a);
      }
    }
  }
  add_sums(task, sums, dw);
}

void WeightPanels::add_sums(const Task& task, const float* sums, float* dw) const {
  const Kernels& k = kernels();
  const Blocks blocks = row_blocks();
  const int64_t kernel = h_.kernel * w_.kernel, taps = task.last_tap - task.first_tap;
  const int64_t c0 = task.channels * side_, channels = std::min(side_, s_.channels - c0);
  std::vector<float> turned(static_cast<size_t>(channels * taps));  // [channel][tap]
  for (int64_t b = task.first_block; b < task.last_block; ++b) {
    const int64_t rows = blocks.size(b);
    for (int64_t m = 0; m < rows; ++m) {
      const int64_t row = task.group * s_.rows + blocks.begin(b) + m;
      float* const to = dw + (row * s_.channels + c0) * kernel + task.first_tap;
      if (kernel == 1) {
        for (int64_t c = 0; c < channels; ++c) to[c] += sums[m * side_ + c];
        continue;
      }
      k.transpose(sums + m * side_, rows * side_, taps, channels, turned.data(), taps);
      for (int64_t c = 0; c < channels; ++c) {
        for (int64_t t = 0; t < taps; ++t) to[c * kernel + t] += turned[c * taps + t];
      }
    }
    sums += rows * taps * side_;
  }
}

void WeightPanels::add_bias(OnCpu& on, const float* dy, float* db) const {
  const Kernels& k = kernels();
  on.parallel(s_.groups * s_.rows, [=, &k](int64_t m) {
    alignas(64) float vector[16] = {};
    float sum;
    for (int64_t line = 0; line < h_.out; ++line) {
      k.row_sums(dy + m * s_.dy_channel + line * dy_h_, 1, 0, w_.out, dy_w_, s_.cols, vector);
    }
    k.fold(vector, 1, &sum);
    db[m] += sum;
  });
}

}  // namespace siamese
