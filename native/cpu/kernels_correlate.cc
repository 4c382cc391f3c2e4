// Lists the taps once, when a layer is made; then packs the weights and runs panels over blocks of rows, columns and
// places.
#include "kernels_correlate.h"

#include <algorithm>
#include <cfloat>

#include "kernels_blocks.h"

namespace siamese {

namespace {

// With fewer, the innermost loop runs along the last axis rather than over channels. Sums then have Caffe's order, so
// that outputs are equal to its own to the bit, and a max pooling after them takes the same one of two that are nearly
// equal.
constexpr int64_t kFewChannels = 32;
constexpr int64_t kPlaces = 16;  // places that one block of weights, in the first cache, is used for
constexpr int64_t kTaps = 1024;  // taps of a panel: 128 KB of x, of two vectors
constexpr int64_t kTasksPerThread = 4;
constexpr int64_t kManyWeights = 1 << 20, kResident = 64 << 10;  // floats; the latter stay in the second cache
// The buffer of a pooled block: rows x places x vectors, of which more are refused when the net is compiled.
constexpr int64_t kPooledFloats = 28 * 16 * Correlation::kMostPooled;

}  // namespace

Correlation::Correlation(Shape shape) : s_(std::move(shape)) {
  merge_axes(s_.axes, s_.x_axis, s_.y_axis);
  const bool forward = s_.direction == kForward;
  for (const SpatialAxis& axis : s_.axes) {
    kernel_count_ *= axis.kernel;
    axes_.push_back(forward ? AxisTaps::forward(axis) : AxisTaps::backward(axis));
  }
  if (!s_.axes.empty() && !s_.pooled && s_.x_axis.back() == s_.cols && s_.y_axis.back() == s_.cols &&
      Fold::pays(s_.cols)) {
    fold();
  }
  for (const AxisTaps& axis : axes_) places_ *= static_cast<int64_t>(axis.list.size());
  x_floats_ = s_.x_channel;
  inner_channels_ = s_.axes.empty() || s_.channels >= kFewChannels;
  x_step_ = s_.x_channel;
  w_step_ = 1;
  if (!inner_channels_) {
    // Along the last axis the steps must be the same everywhere; they are unless the input was rearranged by phase.
    bool found = false;
    AxisTaps::Entry step = {1, 1};
    for (const auto& list : axes_.back().lists) {
      for (size_t i = 1; i < list.size(); ++i) {
        const AxisTaps::Entry here = {list[i].kernel - list[i - 1].kernel, list[i].source - list[i - 1].source};
        if (found && !(here == step)) inner_channels_ = true;
        step = here;
        found = true;
      }
    }
    if (!inner_channels_) {
      x_step_ = step.source * s_.x_axis.back();
      w_step_ = step.kernel;
    }
  }
  w_channel_ = inner_channels_ ? 1 : kernel_count_;
  w_kernel_ = inner_channels_ ? s_.channels : 1;
  build_lists();
}

// Steps become those of the copies, or of x and y themselves where these are as they need to be.
void Correlation::fold() {
  const bool forward = s_.direction == kForward;
  fold_ = forward ? Fold::forward(s_.axes.back(), s_.cols) : Fold::backward(s_.axes.back(), s_.cols);
  axes_.back() = fold_->taps;
  int64_t x_step = fold_->x.floats(), y_step = fold_->y.floats();
  for (size_t d = s_.axes.size() - 1; d-- > 0;) {
    s_.x_axis[d] = x_step;
    s_.y_axis[d] = y_step;
    x_step *= forward ? s_.axes[d].in : s_.axes[d].out;
    y_step *= forward ? s_.axes[d].out : s_.axes[d].in;
  }
  s_.x_channel = x_step;
  s_.y_channel = y_step;
  s_.y_axis.back() = fold_->cols;
  x_lines_ = s_.groups * s_.channels * (x_step / fold_->x.floats());
  y_lines_ = s_.groups * s_.rows * (y_step / fold_->y.floats());
  s_.cols = fold_->cols;
}

int64_t Correlation::scratch() const {
  if (!fold_) return 0;
  const int64_t x = fold_->x.as_they_are() ? 0 : x_lines_ * fold_->x.floats();
  return (x + 15) / 16 * 16 + (fold_->y.as_they_are() ? 0 : y_lines_ * fold_->y.floats());
}

void Correlation::build_lists() {
  const int rank = static_cast<int>(s_.axes.size());
  int combinations = 1;
  list_step_.assign(rank, 1);
  for (int d = rank - 1; d >= 0; --d) {
    list_step_[d] = combinations;
    combinations *= static_cast<int>(axes_[d].lists.size());
  }
  for (int combination = 0; combination < combinations; ++combination) {
    std::vector<Tap> taps = {{0, 0}};
    List list = {static_cast<int64_t>(taps_.size()), 0, inner_channels_ ? s_.channels : 1};
    if (!inner_channels_) {
      taps.clear();
      for (int64_t c = 0; c < s_.channels; ++c) taps.push_back({c * s_.x_channel, c * w_channel_});
    }
    int64_t kernel_step = kernel_count_;
    for (int d = 0; d < rank; ++d) {
      kernel_step /= s_.axes[d].kernel;
      const auto& entries = axes_[d].lists[combination / list_step_[d] % static_cast<int>(axes_[d].lists.size())];
      const bool inner = !inner_channels_ && d == rank - 1;
      if (inner) list.inner = static_cast<int64_t>(entries.size());
      const size_t uses = inner ? std::min<size_t>(entries.size(), 1) : entries.size();
      std::vector<Tap> longer;
      for (const Tap& tap : taps) {
        for (size_t i = 0; i < uses; ++i) {
          longer.push_back(
              {tap.x + entries[i].source * s_.x_axis[d], tap.w + entries[i].kernel * kernel_step * w_kernel_});
        }
      }
      taps = std::move(longer);
    }
    list.count = static_cast<int64_t>(taps.size());
    taps_.insert(taps_.end(), taps.begin(), taps.end());
    lists_.push_back(list);
  }
}

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
  const bool rows_first =
      weights >= kManyWeights && resident * s_.channels * x_floats_ < so_far / s_.groups * weights;
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
    for (int64_t b = task.first_block; b < task.last_block; ++b) body(task, b);
  });
}

void Correlation::run(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu, float* y,
                      float* scratch) const {
  const float* from = x;
  float* to = y;
  if (fold_ && !fold_->x.as_they_are()) {
    fold_->x.spread(on, x, x_lines_, scratch);
    from = scratch;
    scratch += (x_lines_ * fold_->x.floats() + 15) / 16 * 16;
  }
  if (fold_ && !fold_->y.as_they_are()) to = scratch;
  for_tasks(on, places_, [=](const Task& task, int64_t block) { run_block(task, block, from, packed, bias, relu, to); });
  if (to != y) fold_->y.collect(on, to, y_lines_, y);
}

void Correlation::run_pooled(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu,
                             const Pool& pool, float* y) const {
  for_tasks(on, pool.out_h * pool.out_w,
            [=](const Task& task, int64_t block) { run_pooled_block(task, block, x, packed, bias, relu, pool, y); });
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
