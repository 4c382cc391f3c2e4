// InnerProduct on the CPU: vectors run over images, or over inputs where images are few.
#include "InnerProduct.h"

#include "../cpu/kernels.h"
#include "../cpu/kernels_product.h"
#include "../cpu/on_cpu.h"

namespace siamese {

namespace {

// Fewer images than half a vector: vectors along the inputs do better.
bool few(int64_t images) { return images < kernels().width / 2; }

// The transpose of t (rows x cols) in `to`, without gaps.
void turn(OnCpu& on, const Tensor& t, float* to) {
  constexpr int64_t kRows = 64;
  const Tensor from = t;
  on.parallel((from.rows + kRows - 1) / kRows, [=](int64_t block) {
    const int64_t r = block * kRows;
    kernels().transpose(from.data + r * from.pitch, from.pitch, std::min(kRows, from.rows - r), from.cols, to + r,
                        from.rows);
  });
}

}  // namespace

template <>
int64_t InnerProduct<OnCpu>::scratch() const {
  return bottom(0).data.count() + top(0).data.count();
}

template <>
void InnerProduct<OnCpu>::forward(OnCpu& on) {
  const Tensor x = bottom(0).data, y = top(0).data;
  const float* w = param(0).data.data;
  const float* bias = args.params.size() > 1 ? param(1).data.data : nullptr;
  const bool transposed = args.attributes.flag("transpose"), relu = args.attributes.flag("relu");
  const int64_t images = x.cols, inputs = x.rows, outputs = y.rows;
  if (few(images) && !transposed) {
    float* rows = x.data;
    if (x.pitch != 1) turn(on, x, rows = on.scratch());
    multiply_rows(on, w, inputs, rows, inputs, outputs, images, inputs, bias, relu, y.data, y.pitch);
    return;
  }
  Product p = {w, inputs, 1, x.data, x.pitch, y.data, y.pitch, outputs, inputs, images};
  if (transposed) p.w_row = 1, p.w_step = outputs;
  p.bias = bias;
  p.relu = relu;
  multiply(on, p);
}

template <>
void InnerProduct<OnCpu>::backward(OnCpu& on) {
  const Tensor x = bottom(0).data, dy = top(0).diff, dx = bottom(0).diff;
  const float* w = param(0).data.data;
  const bool transposed = args.attributes.flag("transpose");
  const int64_t images = x.cols, inputs = x.rows, outputs = dy.rows;
  if (float* dw = param(0).diff.data) {
    // The rows that the vectors run along: x as images x inputs, or dy as images x outputs.
    float* turned = on.scratch();
    turn(on, transposed ? dy : x, turned);
    Product p = {dy.data, dy.pitch, 1, turned, inputs, dw, inputs, outputs, images, inputs};
    if (transposed) p = {x.data, x.pitch, 1, turned, outputs, dw, outputs, inputs, images, outputs};
    p.accumulate = true;
    multiply(on, p);
  }
  if (args.params.size() > 1 && param(1).diff) add_row_sums(on, dy.data, dy.pitch, outputs, images, param(1).diff.data);
  if (!dx) return;
  if (few(images) && transposed) {
    float* rows = dy.data;
    if (dy.pitch != 1) turn(on, dy, rows = on.scratch());
    multiply_rows(on, w, outputs, rows, outputs, inputs, images, outputs, nullptr, false, dx.data, dx.pitch);
    return;
  }
  Product p = {w, 1, inputs, dy.data, dy.pitch, dx.data, dx.pitch, inputs, outputs, images};
  if (transposed) p.w_row = outputs, p.w_step = 1;
  multiply(on, p);
}

template class InnerProduct<OnCpu>;

}  // namespace siamese
