// Goes over dy in chunks that fit the first cache, and over all taps for each chunk; vectors of partial sums stay in
// the second.
#include "kernels_weights.h"

#include <algorithm>
#include <cmath>

#include "kernels_blocks.h"

namespace siamese {

namespace {

constexpr int64_t kSums = 2560;   // vectors of sums of a task: 160 KB at most
constexpr int64_t kChunk = 1024;  // floats of a row of dy in a chunk: 20 KB of five rows
constexpr int64_t kTasksPerThread = 2;

}  // namespace

WeightGradient::WeightGradient(Shape shape) : s_(std::move(shape)) {
  merge_axes(s_.axes, s_.x_axis, s_.dy_axis);
  if (WeightPanels::suits(s_)) {
    panels_.emplace(s_);
    return;
  }
  if (s_.foldable && !s_.axes.empty() && s_.x_axis.back() == s_.cols && s_.dy_axis.back() == s_.cols &&
      Fold::pays(s_.cols)) {
    fold();
  }
  const size_t rank = s_.axes.size();
  for (const SpatialAxis& axis : s_.axes) kernel_count_ *= axis.kernel;
  if (rank > 0) {
    w_ = s_.axes[rank - 1];
    x_place_ = s_.x_axis[rank - 1] * w_.stride;
    dy_place_ = s_.dy_axis[rank - 1];
  }
  if (rank > 1) {
    h_ = s_.axes[rank - 2];
    x_line_ = s_.x_axis[rank - 2] * h_.stride;
    dy_line_ = s_.dy_axis[rank - 2];
  }
  list_units();
  list_planes();

  const int64_t parts = (s_.cols + kChunk - 1) / kChunk;
  const int64_t cols = parts > 1 ? ((s_.cols + parts - 1) / parts + 15) / 16 * 16 : std::max<int64_t>(1, s_.cols);
  const int64_t places = std::max<int64_t>(1, kChunk / cols);
  const int64_t lines = std::max<int64_t>(1, places / w_.out);
  for (int64_t line = 0; line < h_.out; line += lines) {
    for (int64_t place = 0; place < w_.out; place += places) {
      for (int64_t col = 0; col < s_.cols; col += cols) {
        chunks_.push_back({{line, std::min(line + lines, h_.out)},
                           {place, std::min(place + places, w_.out)},
                           {col, std::min(col + cols, s_.cols)}});
      }
    }
  }
}

// As Correlation's of the forward pass, but that dy is as it needs to be: its lines are whole already.
void WeightGradient::fold() {
  fold_ = Fold::forward(s_.axes.back(), s_.cols);
  int64_t x_step = fold_->x.floats(), dy_step = fold_->y.floats();
  for (size_t d = s_.axes.size() - 1; d-- > 0;) {
    s_.x_axis[d] = x_step;
    s_.dy_axis[d] = dy_step;
    x_step *= s_.axes[d].in;
    dy_step *= s_.axes[d].out;
  }
  s_.x_channel = x_step;
  s_.dy_channel = dy_step;
  x_lines_ = s_.groups * s_.channels * (x_step / fold_->x.floats());
  s_.cols = fold_->cols;
  // What is left of the axis: one place, which every tap feeds.
  const int64_t kernel = s_.axes.back().kernel;
  s_.axes.back() = {kernel, 1, kernel, 1, 0, 1};
}

int64_t WeightGradient::scratch() const {
  if (panels_) return panels_->scratch();
  return fold_ && !fold_->x.as_they_are() ? x_lines_ * fold_->x.floats() : 0;
}

void WeightGradient::add(OnCpu& on, const float* x, const float* dy, float* dw, float* db, float* scratch) const {
  if (panels_) {
    panels_->add(on, x, dy, dw, db, scratch);
    return;
  }
  if (fold_ && !fold_->x.as_they_are()) {
    fold_->x.spread(on, x, x_lines_, scratch);
    x = scratch;
  }
  run_tasks(
      on, x,
      [=](int64_t plane, int64_t channel, int64_t count, const Chunk& chunk, float*) {
        const int64_t at =
            plane_dy_[plane] + chunk.lines.first * dy_line_ + chunk.places.first * dy_place_ + chunk.cols.first;
        return Rows{dy + channel * s_.dy_channel + at, count, s_.dy_channel, dy_line_, dy_place_};
      },
      dw, db);
}

void WeightGradient::add(OnCpu& on, const float* x, const Pooled& dy, float* dw, float* db) const {
  run_tasks(
      on, x,
      [=, &dy](int64_t, int64_t channel, int64_t count, const Chunk& chunk, float* buffer) {
        const int64_t cols = chunk.cols.size(), line = chunk.places.size() * cols;
        float* to = buffer;
        for (int64_t m = channel; m < channel + count; ++m) {
          for (int64_t h = chunk.lines.first; h < chunk.lines.last; ++h, to += line) {
            unpool_line(dy, m, h, chunk, to, cols);
          }
        }
        return Rows{buffer, count, chunk.lines.size() * line, line, cols};
      },
      dw, db);
}

void WeightGradient::unpool(const Pooled& from, int64_t channel, int64_t line, float* to) const {
  unpool_line(from, channel, line, {{line, line + 1}, {0, w_.out}, {0, s_.cols}}, to, dy_place_);
}

// The chunk's places and images of a line, places `step` floats apart.
void WeightGradient::unpool_line(const Pooled& from, int64_t channel, int64_t line, const Chunk& chunk, float* to,
                                 int64_t step) const {
  const Kernels& k = kernels();
  const int64_t row = line / from.stride_h, in_row = line % from.stride_h, cols = chunk.cols.size();
  for (int64_t w = chunk.places.first; w < chunk.places.last; ++w, to += step) {
    const int64_t col = w / from.stride_w, in_col = w % from.stride_w;
    if (row >= from.out_h || col >= from.out_w || in_row >= from.height || in_col >= from.width) {
      std::fill(to, to + cols, 0.f);
      continue;
    }
    const int64_t index = channel * from.index_channel + row * from.index_row + col * from.index_col;
    const int64_t dy = channel * from.dy_channel + row * from.dy_row + col * from.dy_col;
    k.unpool(from.index + index + chunk.cols.first, static_cast<int>(in_row * from.width + in_col),
             from.dy + dy + chunk.cols.first, to, cols);
  }
}

template <class Source>
void WeightGradient::run_tasks(OnCpu& on, const float* x, const Source& rows_of, float* dw, float* db) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.dots_rows);
  const int64_t unit_count = static_cast<int64_t>(units_.size());
  if (unit_count == 0 || row_blocks.count == 0) return;
  // A task: blocks of rows by units. Where taps do not share rows of x the two should be as many, to read each the
  // least.
  const int64_t wanted = kTasksPerThread * on.threads();
  const double square = std::sqrt(static_cast<double>(kSums) / static_cast<double>(kernel_count_));
  const int64_t most_blocks = std::max<int64_t>(1, static_cast<int64_t>(square) / k.dots_rows);
  const Blocks block_tasks = Blocks::into(row_blocks.count, std::max((row_blocks.count + most_blocks - 1) / most_blocks,
                                                                     (wanted + s_.groups - 1) / s_.groups));
  const int64_t most_units = std::max<int64_t>(1, kSums / (block_tasks.size(0) * k.dots_rows) / k.dots_taps);
  const int64_t others = s_.groups * block_tasks.count;
  const Blocks unit_tasks =
      Blocks::into(unit_count, std::max((unit_count + most_units - 1) / most_units, (wanted + others - 1) / others));
  on.parallel(others * unit_tasks.count, [=, &rows_of](int64_t task) {
    const int64_t u = task % unit_tasks.count, b = task / unit_tasks.count % block_tasks.count;
    Task t = {task / (unit_tasks.count * block_tasks.count), block_tasks.begin(b), block_tasks.end(b), 0, 0};
    if (dw) t.first_unit = unit_tasks.begin(u), t.last_unit = unit_tasks.end(u);
    run_task(t, x, rows_of, dw, u == 0 ? db : nullptr);
  });
}

// rows_of(plane, first channel, count, chunk, buffer): rows of dy, perhaps put into the buffer.
template <class Source>
void WeightGradient::run_task(const Task& task, const float* x, const Source& rows_of, float* dw, float* db) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.dots_rows);
  const int64_t m0 = row_blocks.begin(task.first_block), rows = row_blocks.begin(task.last_block) - m0;
  alignas(64) float sums[(kSums + Kernels::kMaxDots * Kernels::kMaxDots) * 16];
  alignas(64) float bias_sums[kSums], buffer[kChunk * Kernels::kMaxDots];
  int64_t taps = 0;
  for (int64_t u = task.first_unit; u < task.last_unit; ++u) taps += units_[u].count;
  std::fill(sums, sums + rows * taps * k.width, 0.f);
  std::fill(bias_sums, bias_sums + rows * k.width, 0.f);

  x += task.group * s_.channels * s_.x_channel;
  for (int64_t plane = 0; plane < planes_; ++plane) {
    for (const Chunk& chunk : chunks_) {
      for (int64_t b = task.first_block; b < task.last_block; ++b) {
        const int64_t row = row_blocks.begin(b);
        const Rows dy = rows_of(plane, task.group * s_.rows + row, row_blocks.size(b), chunk, buffer);
        float* unit_sums = sums + (row - m0) * taps * k.width;
        for (int64_t u = task.first_unit; u < task.last_unit; ++u) {
          const int64_t x_at = plane_x_[plane * kernel_planes_ + units_[u].plane];
          if (x_at >= 0) run_unit(units_[u], x + x_at, dy, chunk, unit_sums, taps);
          unit_sums += units_[u].count * k.width;
        }
        if (!db) continue;
        for (int64_t line = 0; line < chunk.lines.size(); ++line) {
          k.row_sums(dy.dy + line * dy.line, dy.count, dy.channel, chunk.places.size(), dy.place, chunk.cols.size(),
                     bias_sums + (row - m0) * k.width);
        }
      }
    }
  }

  float folded[kSums];
  for (int64_t m = 0; m < rows; ++m) {
    const int64_t row = task.group * s_.rows + m0 + m;
    k.fold(sums + m * taps * k.width, taps, folded);
    const float* from = folded;
    for (int64_t u = task.first_unit; u < task.last_unit; ++u) {
      for (int64_t i = 0; i < units_[u].count; ++i)
        dw[row * s_.channels * kernel_count_ + units_[u].weight[i]] += *from++;
    }
    if (!db) continue;
    k.fold(bias_sums + m * k.width, 1, folded);
    db[row] += folded[0];
  }
}

void WeightGradient::run_unit(const Unit& unit, const float* x, const Rows& rows, const Chunk& chunk, float* sums,
                              int64_t sums_row) const {
  const Kernels& k = kernels();
  const Range lines = chunk.lines.within(unit.lines);
  if (lines.empty()) return;
  const bool merged = rows.place == chunk.cols.size() && x_place_ == chunk.cols.size();  // a line is one row of floats
  const auto run = [&](int64_t first_tap, int64_t taps, Range places) {
    if (places.empty()) return;
    DotsArguments a;
    a.dy = rows.dy + (lines.first - chunk.lines.first) * rows.line + (places.first - chunk.places.first) * rows.place;
    a.dy_row = rows.channel;
    a.dy_line = rows.line;
    a.dy_step = rows.place;
    a.x = x + lines.first * x_line_ + places.first * x_place_ + chunk.cols.first;
    a.offsets = unit.offset + first_tap;
    a.x_line = x_line_;
    a.x_step = x_place_;
    a.lines = lines.size();
    a.positions = merged ? 1 : places.size();
    a.cols = merged ? places.size() * chunk.cols.size() : chunk.cols.size();
    a.sums = sums + first_tap * k.width;
    a.sums_row = sums_row;
    k.dots[rows.count - 1][taps - 1](a);
  };
  const Range common = chunk.places.within(unit.common);
  const int64_t from = common.empty() ? chunk.places.last : common.first, to = common.empty() ? from : common.last;
  run(0, unit.count, common);
  for (int64_t i = 0; i < unit.count; ++i) {  // what only some of the taps feed, near an edge
    const Range own = chunk.places.within(unit.places[i]);
    run(i, 1, {own.first, std::min(from, own.last)});
    run(i, 1, {std::max(to, own.first), own.last});
  }
}

}  // namespace siamese
