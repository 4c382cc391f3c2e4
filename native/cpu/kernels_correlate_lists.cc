// What a correlation goes through, listed once when a layer is made: the taps that feed each place.
#include <algorithm>

#include "kernels_correlate.h"

namespace siamese {

namespace {

// With fewer, the innermost loop runs along the last axis rather than over channels. Sums then have Caffe's order, so
// that outputs are equal to its own to the bit, and a max pooling after them takes the same one of two that are nearly
// equal.
constexpr int64_t kFewChannels = 32;

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
  // The rows of x that a panel reads lie a channel apart: an odd number of cache lines, lest they share a set.
  if (!fold_->x.as_they_are()) x_gap_ = (x_step + 15) / 16 % 2 == 0 ? 16 : 0;
  s_.x_channel = x_step + x_gap_;
  s_.y_channel = y_step;
  s_.y_axis.back() = fold_->cols;
  x_lines_ = x_step / fold_->x.floats();
  y_lines_ = s_.groups * s_.rows * (y_step / fold_->y.floats());
  s_.cols = fold_->cols;
}

int64_t Correlation::scratch() const {
  if (!fold_) return 0;
  const int64_t x = fold_->x.as_they_are() ? 0 : s_.groups * s_.channels * s_.x_channel;
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

}  // namespace siamese
