// Packs the weights and runs panels over blocks of rows, columns and places.
#include "kernels_correlate.h"

#include <algorithm>
#include <cfloat>

#include "kernels_blocks.h"

namespace siamese {

namespace {

constexpr int64_t kPlaces = 16;  // places that one block of weights, in the first cache, is used for
constexpr int64_t kTaps = 640;  // taps of a panel: 80 KB of x, of two vectors
constexpr int64_t kTasksPerThread = 4;
constexpr int64_t kFewBlocks = 4;  // blocks of rows: for fewer a copy of x does not pay
constexpr int64_t kManyWeights = 1 << 20, kResident = 64 << 10;  // floats; the latter stay in the second cache
// The buffer of a pooled block: rows x places x vectors, of which more are refused when the net is compiled.
constexpr int64_t kPooledFloats = 28 * 16 * Correlation::kMostPooled;

}  // namespace

int64_t Correlation::packed_size() const { return s_.groups * s_.rows * s_.channels * kernel_count_; }

void Correlation::pack(OnCpu& on, const float* w, int64_t row_step, int64_t channel_step, float* packed) const {
  const Kernels& k = kernels();
  const Blocks blocks = Blocks::of_at_most(s_.rows, k.panel_rows);
  const int64_t group_size = s_.rows * s_.channels * kernel_count_;
  on.parallel(s_.groups * blocks.count, [=, &k](int64_t task) {
    const int64_t g = task / blocks.count, b = task % blocks.count, m0 = blocks.begin(b), rows = blocks.size(b);
    float* to = packed + g * group_size + m0 * s_.channels * kernel_count_;
    const float* from = w + g * group_size + m0 * row_step;
    if (kernel_count_ == 1 && channel_step == 1) {
      k.transpose(from, row_step, rows, s_.channels, to, rows);
    } else if (row_step == 1) {
      for (int64_t c = 0; c < s_.channels; ++c) std::copy_n(from + c * channel_step, rows, to + c * rows);
    } else {
      for (int64_t c = 0; c < s_.channels; ++c) {
        k.transpose(from + c * channel_step, row_step, rows, kernel_count_, to + c * w_channel_ * rows,
                    w_kernel_ * rows);
      }
    }
  });
}

template <class Body>
void Correlation::for_tasks(OnCpu& on, int64_t places, const Body& body) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.panel_rows);
  if (row_blocks.count == 0 || places == 0 || s_.cols == 0) return;
  int64_t most = 1;
  for (int64_t v = 2; v <= Kernels::kMaxVectors; ++v) {
    if (k.panel[0][row_blocks.size(0) - 1][v - 1]) most = v;
  }
  const Blocks vectors = Blocks::of_at_most((s_.cols + k.width - 1) / k.width, most);
  // From the outside in: a share of the places for each thread, so that none writes next to another; columns and
  // groups; places of a share; blocks of rows, unless these come first.
  const int64_t wanted = kTasksPerThread * on.threads(), col_tasks = vectors.count * s_.groups;
  const int64_t fewest = std::max((places + kPlaces - 1) / kPlaces, (wanted + col_tasks - 1) / col_tasks);
  const Blocks shares = Blocks::into(places, on.threads());
  const int64_t parts = std::min((fewest + shares.count - 1) / shares.count, shares.size(0));
  const int64_t so_far = col_tasks * shares.count * parts;
  // Weights that no cache holds are read once for all columns, a part at a time, where x is the lesser to read again.
  const int64_t weights = s_.rows * s_.channels * kernel_count_, resident = (weights + kResident - 1) / kResident;
  const bool rows_first = weights >= kManyWeights && resident * s_.channels * x_floats_ < so_far / s_.groups * weights;
  const Blocks row_tasks =
      Blocks::into(row_blocks.count, std::max((wanted + so_far - 1) / so_far, rows_first ? resident : 1));
  on.parallel(so_far * row_tasks.count, [=, &k, &body](int64_t i) {
    const int64_t r = rows_first ? i / so_far : i % row_tasks.count;
    const int64_t rest = rows_first ? i % so_far : i / row_tasks.count, p = rest % parts;
    const int64_t outer = rest / parts, g = outer % s_.groups, c = outer / s_.groups % vectors.count;
    const int64_t share = outer / col_tasks;
    const Blocks within = {shares.size(share), parts};
    const Task task = {g,
                       vectors.begin(c) * k.width,
                       vectors.size(c),
                       shares.begin(share) + within.begin(p),
                       shares.begin(share) + within.end(p),
                       row_tasks.begin(r),
                       row_tasks.end(r)};
    body(task);
  });
}

void Correlation::run(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu, float* y,
                      float* scratch) const {
  const float* from = x;
  float* to = y;
  if (fold_ && !fold_->x.as_they_are()) {
    const int64_t channels = s_.groups * s_.channels;
    fold_->x.spread(on, x, channels * x_lines_, scratch, x_lines_, x_gap_);
    from = scratch;
    scratch += (channels * s_.x_channel + 15) / 16 * 16;
  }
  if (fold_ && !fold_->y.as_they_are()) to = scratch;
  for_tasks(on, places_, [=](const Task& task) {
    if (kernel_count_ == 1 && inner_channels_ && task.last_block - task.first_block >= kFewBlocks) {
      run_side_by_side(task, from, packed, bias, relu, to);
      return;
    }
    for (int64_t block = task.first_block; block < task.last_block; ++block) {
      run_block(task, block, from, packed, bias, relu, to);
    }
  });
  if (to != y) fold_->y.collect(on, to, y_lines_, y);
}

void Correlation::run_pooled(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu,
                             const Pool& pool, float* y) const {
  for_tasks(on, pool.out_h * pool.out_w, [=](const Task& task) {
    for (int64_t block = task.first_block; block < task.last_block; ++block) {
      run_pooled_block(task, block, x, packed, bias, relu, pool, y);
    }
  });
}

Correlation::Place Correlation::locate(int64_t place) const {
  Place found = {0, 0, nullptr};
  int combination = 0;
  for (int d = static_cast<int>(s_.axes.size()) - 1; d >= 0; --d) {
    const AxisTaps& axis = axes_[d];
    const int64_t size = static_cast<int64_t>(axis.list.size()), at = place % size;
    place /= size;
    found.x += axis.first[at] * s_.x_axis[d];
    found.y += at * s_.y_axis[d];
    combination += axis.list[at] * list_step_[d];
  }
  found.list = &lists_[combination];
  return found;
}

// Where channels are many, a part of them at a time, so that the rows of x stay in the second cache.
Blocks Correlation::channel_parts() const {
  if (!inner_channels_) return {1, 1};
  return Blocks::of_at_most(s_.channels, std::max<int64_t>(1, kTaps / kernel_count_));
}

PanelArguments Correlation::block_arguments(const Task& task, int64_t rows) const {
  PanelArguments a = {};
  a.x_step = x_step_;
  a.w_unit = rows;
  a.w_step = w_step_ * rows;
  a.w_row = 1;
  a.y_step = s_.y_channel;
  a.cols = std::min(task.vectors * kernels().width, s_.cols - task.first_col);
  return a;
}

void Correlation::run_block(const Task& task, int64_t row_block, const float* x, const float* packed, const float* bias,
                            bool relu, float* y) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.panel_rows), parts = channel_parts();
  const int64_t m0 = row_blocks.begin(row_block), rows = row_blocks.size(row_block), m = task.group * s_.rows + m0;
  const Panel panel = k.panel[0][rows - 1][task.vectors - 1];
  PanelArguments a = block_arguments(task, rows);
  for (int64_t part = 0; part < parts.count; ++part) {
    const int64_t c0 = inner_channels_ ? parts.begin(part) : 0;
    const bool last = part == parts.count - 1;
    a.accumulate = part > 0;
    a.bias = last && bias ? bias + m : nullptr;
    a.relu = last && relu;
    a.w = packed + m * s_.channels * kernel_count_ + c0 * rows;
    for (int64_t p = task.first_place; p < task.last_place; ++p) {
      const Place place = locate(p);
      a.x = x + (task.group * s_.channels + c0) * s_.x_channel + task.first_col + place.x;
      a.y = y + m * s_.y_channel + task.first_col + place.y;
      a.taps = taps_.data() + place.list->begin;
      a.tap_count = place.list->count;
      a.inner = inner_channels_ ? parts.size(part) : place.list->inner;
      panel(a);
    }
  }
}

// As run_block for all blocks of a task, of a kernel of one place: the rows of x that all of them read are copied first,
// to lie one after another.
void Correlation::run_side_by_side(const Task& task, const float* x, const float* packed, const float* bias, bool relu,
                                   float* y) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.panel_rows), parts = channel_parts();
  alignas(64) float rows_of_x[kTaps * Kernels::kMaxVectors * 16];
  const Tap origin = {0, 0};
  const int64_t step = task.vectors * k.width;
  for (int64_t p = task.first_place; p < task.last_place; ++p) {
    const Place place = locate(p);
    if (place.list->count == 0) {  // in the padding
      for (int64_t block = task.first_block; block < task.last_block; ++block) {
        const Task alone = {task.group, task.first_col, task.vectors, p, p + 1, block, block + 1};
        run_block(alone, block, x, packed, bias, relu, y);
      }
      continue;
    }
    const float* const from = x + task.group * s_.channels * s_.x_channel + task.first_col + place.x +
                              taps_[place.list->begin].x;
    for (int64_t part = 0; part < parts.count; ++part) {
      const int64_t c0 = parts.begin(part);
      const bool last = part == parts.count - 1;
      PanelArguments a = block_arguments(task, 0);
      for (int64_t c = 0; c < parts.size(part); ++c) {
        std::copy_n(from + (c0 + c) * s_.x_channel, a.cols, rows_of_x + c * step);
      }
      a.x = rows_of_x;
      a.x_step = step;
      a.taps = &origin;
      a.tap_count = 1;
      a.inner = parts.size(part);
      a.accumulate = part > 0;
      a.relu = last && relu;
      for (int64_t block = task.first_block; block < task.last_block; ++block) {
        const int64_t m = task.group * s_.rows + row_blocks.begin(block), rows = row_blocks.size(block);
        a.w_step = rows;
        a.w = packed + m * s_.channels + c0 * rows;
        a.bias = last && bias ? bias + m : nullptr;
        a.y = y + m * s_.y_channel + task.first_col + place.y;
        k.panel[0][rows - 1][task.vectors - 1](a);
      }
    }
  }
}

// As run_block, but the places of a window go to a buffer in the first cache.
void Correlation::run_pooled_block(const Task& task, int64_t row_block, const float* x, const float* packed,
                                   const float* bias, bool relu, const Pool& pool, float* y) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.panel_rows), parts = channel_parts();
  const int64_t m0 = row_blocks.begin(row_block), rows = row_blocks.size(row_block), m = task.group * s_.rows + m0;
  const int64_t in_h = static_cast<int64_t>(axes_[0].list.size()),
                in_w = static_cast<int64_t>(axes_[1].list.size());
  const Panel panel = k.panel[0][rows - 1][task.vectors - 1];
  const int64_t pitch = task.vectors * k.width, places = pool.height * pool.width;
  alignas(64) float buffer[kPooledFloats];
  PanelArguments a = block_arguments(task, rows);
  a.y_step = places * pitch;
  for (int64_t window = task.first_place; window < task.last_place; ++window) {
    const int64_t h0 = window / pool.out_w * pool.stride_h, w0 = window % pool.out_w * pool.stride_w;
    const Places shape = {pool.height, pool.width, std::min(pool.height, in_h - h0), std::min(pool.width, in_w - w0)};
    for (int64_t h = 0; h < shape.rows; ++h) {
      for (int64_t w = 0; w < shape.cols; ++w) {
        const Place place = locate((h0 + h) * in_w + w0 + w);
        a.y = buffer + (h * pool.width + w) * pitch;
        a.taps = taps_.data() + place.list->begin;
        a.tap_count = place.list->count;
        for (int64_t part = 0; part < parts.count; ++part) {
          const int64_t c0 = inner_channels_ ? parts.begin(part) : 0;
          const bool last = part == parts.count - 1;
          a.accumulate = part > 0;
          a.bias = last && bias ? bias + m : nullptr;
          a.relu = last && relu;
          a.w = packed + m * s_.channels * kernel_count_ + c0 * rows;
          a.x = x + (task.group * s_.channels + c0) * s_.x_channel + task.first_col + place.x;
          a.inner = inner_channels_ ? parts.size(part) : place.list->inner;
          panel(a);
        }
      }
    }
    const int64_t at = m * pool.y_channel + window / pool.out_w * pool.y_row + window % pool.out_w * pool.y_col;
    k.max_places(shape, buffer, pitch, relu ? 0 : -FLT_MAX, rows, y + at + task.first_col, pool.y_channel,
                 pool.index + at + task.first_col, pool.y_channel, a.cols);
  }
}

}  // namespace siamese
