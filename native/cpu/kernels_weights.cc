// Goes over dy in chunks that fit the first cache, and over all taps for each chunk; vectors of partial sums stay in
// the second.
#include "kernels_weights.h"

#include <algorithm>

#include "kernels_blocks.h"

namespace siamese {

namespace {

constexpr int64_t kTaps = 512;       // of a task: its sums take 160 KB at most
constexpr int64_t kChunk = 1024;     // floats of a row of dy in a chunk: 20 KB of five rows
constexpr int64_t kFewChannels = 4;  // fewer: blocks of taps run along the last axis, else over channels
constexpr int64_t kTasksPerThread = 2;

}  // namespace

WeightGradient::WeightGradient(Shape shape) : s_(std::move(shape)) {
  const int rank = static_cast<int>(s_.axes.size());
  for (int d = 0; d < rank; ++d) {
    kernel_count_ *= s_.axes[d].kernel;
    if (d == rank - 1) continue;
    outer_count_ *= s_.axes[d].kernel;
    lines_ *= s_.axes[d].out;
  }
  if (rank > 0) {
    last_ = s_.axes.back();
    x_last_ = s_.x_axis.back();
    dy_last_ = s_.dy_axis.back();
  }
  merged_ = rank > 0 && dy_last_ == s_.cols && x_last_ * last_.stride == s_.cols;
  chunk_ = std::max<int64_t>(1, kChunk / std::max<int64_t>(1, s_.cols));
  list_units();
  list_lines();
}

void WeightGradient::list_units() {
  struct Inner {
    int64_t channel, kernel;
  };
  // Groups of inner taps that blocks are cut from.
  std::vector<std::vector<Inner>> inner(s_.channels < kFewChannels ? 1 : last_.kernel);
  for (int64_t c = 0; c < s_.channels; ++c) {
    for (int64_t k = 0; k < last_.kernel; ++k) inner[inner.size() == 1 ? 0 : k].push_back({c, k});
  }
  for (int64_t outer = 0; outer < outer_count_; ++outer) {
    for (const auto& taps : inner) {
      const Blocks blocks = Blocks::of_at_most(static_cast<int64_t>(taps.size()), kernels().dots_taps);
      for (int64_t b = 0; b < blocks.count; ++b) {
        Unit unit = {};
        unit.outer = outer;
        unit.count = blocks.size(b);
        unit.both_last = last_.out;
        for (int64_t i = 0; i < unit.count; ++i) {
          const Inner tap = taps[blocks.begin(b) + i];
          const int64_t shift = tap.kernel * last_.dilation - last_.pad;  // input = output * stride + shift
          unit.offset[i] = tap.channel * s_.x_channel + shift * x_last_;
          unit.weight[i] = tap.channel * kernel_count_ + outer * last_.kernel + tap.kernel;
          unit.first[i] = shift >= 0 ? 0 : std::min((-shift + last_.stride - 1) / last_.stride, last_.out);
          const int64_t room = last_.in - 1 - shift;
          unit.last[i] = room < 0 ? 0 : std::min(room / last_.stride + 1, last_.out);
          unit.last[i] = std::max(unit.last[i], unit.first[i]);
          unit.both_first = std::max(unit.both_first, unit.first[i]);
          unit.both_last = std::min(unit.both_last, unit.last[i]);
        }
        units_.push_back(unit);
      }
    }
  }
}

void WeightGradient::list_lines() {
  const int outer_rank = std::max(0, static_cast<int>(s_.axes.size()) - 1);
  for (int64_t line = 0; line < lines_; ++line) {
    int64_t dy_at = 0;
    for (int64_t rest = line, d = outer_rank - 1; d >= 0; --d) {
      dy_at += rest % s_.axes[d].out * s_.dy_axis[d];
      rest /= s_.axes[d].out;
    }
    line_dy_.push_back(dy_at);
    for (int64_t outer = 0; outer < outer_count_; ++outer) {
      int64_t x_at = 0, k = outer, o = line;
      bool inside = true;
      for (int d = outer_rank - 1; d >= 0; --d) {
        const SpatialAxis& axis = s_.axes[d];
        const int64_t i = o % axis.out * axis.stride - axis.pad + k % axis.kernel * axis.dilation;
        inside = inside && i >= 0 && i < axis.in;
        x_at += i * s_.x_axis[d];
        o /= axis.out;
        k /= axis.kernel;
      }
      line_x_.push_back(inside ? x_at : -1);
    }
  }
}

void WeightGradient::add(OnCpu& on, const float* x, const float* dy, float* dw, float* db) const {
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, kernels().dots_rows);
  const int64_t unit_count = static_cast<int64_t>(units_.size()), block_tasks = s_.groups * row_blocks.count;
  if (unit_count == 0 || block_tasks == 0) return;
  const int64_t wanted = kTasksPerThread * on.threads();
  const int64_t fewest = (unit_count * kernels().dots_taps + kTaps - 1) / kTaps;
  const Blocks unit_tasks = Blocks::into(unit_count, std::max(fewest, (wanted + block_tasks - 1) / block_tasks));
  on.parallel(block_tasks * unit_tasks.count, [=](int64_t task) {
    const int64_t u = task % unit_tasks.count, b = task / unit_tasks.count % row_blocks.count;
    const int64_t g = task / (unit_tasks.count * row_blocks.count);
    run_task({g, b, dw ? unit_tasks.begin(u) : 0, dw ? unit_tasks.end(u) : 0}, x, dy, dw, u == 0 ? db : nullptr);
  });
}

void WeightGradient::run_task(const Task& task, const float* x, const float* dy, float* dw, float* db) const {
  const Kernels& k = kernels();
  const Blocks row_blocks = Blocks::of_at_most(s_.rows, k.dots_rows);
  const int64_t m0 = row_blocks.begin(task.row_block), rows = row_blocks.size(task.row_block);
  alignas(64) float sums[(kTaps + Kernels::kMaxDots) * Kernels::kMaxDots * 16];
  alignas(64) float bias_sums[Kernels::kMaxDots * 16] = {};
  int64_t taps = 0;
  for (int64_t u = task.first_unit; u < task.last_unit; ++u) taps += units_[u].count;
  std::fill(sums, sums + rows * taps * k.width, 0.f);

  x += task.group * s_.channels * s_.x_channel;
  dy += (task.group * s_.rows + m0) * s_.dy_channel;
  for (int64_t line = 0; line < lines_; ++line) {
    for (int64_t begin = 0; begin < last_.out; begin += chunk_) {
      const int64_t end = std::min(begin + chunk_, last_.out);
      const float* dy_line = dy + line_dy_[line];
      float* unit_sums = sums;
      for (int64_t u = task.first_unit; u < task.last_unit; ++u) {
        const int64_t x_at = line_x_[line * outer_count_ + units_[u].outer];
        if (x_at >= 0) run_unit(units_[u], x + x_at, dy_line, rows, begin, end, unit_sums, taps);
        unit_sums += units_[u].count * k.width;
      }
      if (db) {
        const float* from = dy_line + begin * dy_last_;
        const int64_t places = end - begin;
        if (dy_last_ == s_.cols) {
          k.row_sums(from, rows, s_.dy_channel, 1, 0, places * s_.cols, bias_sums);
        } else {
          k.row_sums(from, rows, s_.dy_channel, places, dy_last_, s_.cols, bias_sums);
        }
      }
    }
  }

  float folded[kTaps + Kernels::kMaxDots];
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

void WeightGradient::run_unit(const Unit& unit, const float* x_line, const float* dy_line, int64_t rows, int64_t begin,
                              int64_t end, float* sums, int64_t sums_row) const {
  const Kernels& k = kernels();
  const auto run = [&](int64_t first_tap, int64_t taps, int64_t from, int64_t to) {
    if (from >= to) return;
    DotsArguments a;
    a.dy = dy_line + from * dy_last_;
    a.dy_row = s_.dy_channel;
    a.x = x_line + from * last_.stride * x_last_;
    a.offsets = unit.offset + first_tap;
    a.dy_step = dy_last_;
    a.x_step = last_.stride * x_last_;
    a.positions = merged_ ? 1 : to - from;
    a.cols = merged_ ? (to - from) * s_.cols : s_.cols;
    a.sums = sums + first_tap * k.width;
    a.sums_row = sums_row;
    k.dots[rows - 1][taps - 1](a);
  };
  const int64_t from = std::max(begin, unit.both_first), to = std::max(from, std::min(end, unit.both_last));
  run(0, unit.count, from, to);
  for (int64_t i = 0; i < unit.count; ++i) {  // what only some of the taps feed, near an edge
    run(i, 1, std::max(begin, unit.first[i]), std::min(from, std::min(end, unit.last[i])));
    run(i, 1, std::max(std::max(begin, unit.first[i]), to), std::min(end, unit.last[i]));
  }
}

}  // namespace siamese
