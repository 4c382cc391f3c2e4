// Correlations by cuDNN: descriptors, the choice of an algorithm, and the three calls.
#include "convolution.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace siamese {

namespace {

constexpr int kMostAlgorithms = 16;  // more than cuDNN has of any kind
// What an algorithm may take beside the blobs: beyond it the gain is small, and the memory is missed elsewhere.
constexpr size_t kMostWorkspace = size_t{512} << 20;

std::vector<int> ints(const std::vector<int64_t>& list) {
  std::vector<int> result;
  for (int64_t n : list) {
    if (n > INT32_MAX) throw std::invalid_argument("a size is too large for cuDNN");
    result.push_back(static_cast<int>(n));
  }
  return result;
}

std::vector<int> packed_strides(const std::vector<int>& sizes) {
  std::vector<int64_t> strides(sizes.size(), 1);
  for (size_t axis = sizes.size() - 1; axis-- > 0;) strides[axis] = strides[axis + 1] * sizes[axis + 1];
  return ints(strides);
}

TensorDescriptor describe_tensor(const std::vector<int>& sizes) {
  cudnnTensorDescriptor_t raw = nullptr;
  check(cudnnCreateTensorDescriptor(&raw), "describing a blob");
  TensorDescriptor descriptor(raw);
  check(cudnnSetTensorNdDescriptor(raw, CUDNN_DATA_FLOAT, static_cast<int>(sizes.size()), sizes.data(),
                                   packed_strides(sizes).data()),
        "describing a blob");
  return descriptor;
}

int64_t product(const std::vector<int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<int64_t>());
}

// The fastest that is allowed: cuDNN lists them fastest first.
template <class Performance>
Algorithm fastest(const Performance* list, int count, bool fast) {
  for (int i = 0; i < count; ++i) {
    const Performance& one = list[i];
    if (one.status != CUDNN_STATUS_SUCCESS || one.memory > kMostWorkspace) continue;
    if (!fast && one.determinism != CUDNN_DETERMINISTIC) continue;
    return {static_cast<int>(one.algo), static_cast<int>(one.mathType), one.memory};
  }
  throw DeviceError("cuDNN has no algorithm for this convolution that sums in a fixed order");
}

// The bytes that a measurement may use: no more than is there.
DeviceArray<char> room() {
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "asking for free memory");
  return DeviceArray<char>(static_cast<int64_t>(std::min(kMostWorkspace, free / 4)), "measuring convolutions", Uncleared{});
}

cudnnMathType_t allowed_math(EngineOptions::Precision precision) {
  using Precision = EngineOptions::Precision;
  return precision == Precision::kFp32   ? CUDNN_FMA_MATH
         : precision == Precision::kTf32 ? CUDNN_DEFAULT_MATH
                                         : CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
}

}  // namespace

// cuDNN wants two spatial axes at least.
CudnnConvolution::CudnnConvolution(Shape shape) : shape_(std::move(shape)) {
  if (shape_.in.size() > 3) {
    throw DeviceError("on a GPU a convolution has at most 3 spatial axes, this one has " +
                                std::to_string(shape_.in.size()));
  }
  while (shape_.in.size() < 2) {
    for (auto* sizes : {&shape_.in, &shape_.out, &shape_.kernel, &shape_.stride, &shape_.dilation}) {
      sizes->insert(sizes->begin(), 1);
    }
    shape_.pad.insert(shape_.pad.begin(), 0);
  }
}

int64_t CudnnConvolution::x_count() const { return shape_.images * shape_.channels * product(shape_.in); }
int64_t CudnnConvolution::y_count() const { return shape_.images * shape_.outputs * product(shape_.out); }
int64_t CudnnConvolution::w_count() const {
  return shape_.outputs * (shape_.channels / shape_.group) * product(shape_.kernel);
}

void CudnnConvolution::describe(OnCuda& on) {
  if (described_) return;
  const auto sizes = [](int64_t a, int64_t b, const std::vector<int64_t>& more) {
    std::vector<int64_t> all{a, b};
    all.insert(all.end(), more.begin(), more.end());
    return ints(all);
  };
  x_ = describe_tensor(sizes(shape_.images, shape_.channels, shape_.in));
  y_ = describe_tensor(sizes(shape_.images, shape_.outputs, shape_.out));
  cudnnFilterDescriptor_t filter = nullptr;
  check(cudnnCreateFilterDescriptor(&filter), "describing weights");
  w_ = FilterDescriptor(filter);
  const std::vector<int> weights = sizes(shape_.outputs, shape_.channels / shape_.group, shape_.kernel);
  check(cudnnSetFilterNdDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, static_cast<int>(weights.size()),
                                   weights.data()),
        "describing weights");
  cudnnConvolutionDescriptor_t convolution = nullptr;
  check(cudnnCreateConvolutionDescriptor(&convolution), "describing a convolution");
  convolution_ = ConvolutionDescriptor(convolution);
  check(cudnnSetConvolutionNdDescriptor(convolution, static_cast<int>(shape_.in.size()), ints(shape_.pad).data(),
                                        ints(shape_.stride).data(), ints(shape_.dilation).data(),
                                        CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
        "describing a convolution");
  check(cudnnSetConvolutionGroupCount(convolution, static_cast<int>(shape_.group)), "describing a convolution");
  set_math(allowed_math(on.options().precision));
  described_ = true;
}

void CudnnConvolution::set_math(cudnnMathType_t math) {
  check(cudnnSetConvolutionMathType(convolution_.get(), math), "choosing a convolution's precision");
}

// An algorithm was measured with a way to multiply of its own, no less exact than what was allowed. It is told anew for each
// call: the three of them share the description.
void CudnnConvolution::take(OnCuda& on, const Algorithm& algorithm) {
  const bool exact = on.options().precision == EngineOptions::Precision::kFp32;
  set_math(exact ? CUDNN_FMA_MATH : static_cast<cudnnMathType_t>(algorithm.math));
}

std::string CudnnConvolution::key(const char* step) const {
  std::string text = step;
  const auto add = [&](const char* name, const std::vector<int64_t>& list) {
    text += std::string(" ") + name;
    for (int64_t n : list) text += ' ' + std::to_string(n);
  };
  add("x", {shape_.images, shape_.channels});
  add("in", shape_.in);
  add("outputs", {shape_.outputs, shape_.group});
  add("kernel", shape_.kernel);
  add("stride", shape_.stride);
  add("pad", shape_.pad);
  add("dilation", shape_.dilation);
  return text;
}

// Measuring writes results: here to where they are about to be written anyway, below to memory of its own.
void CudnnConvolution::forward(OnCuda& on, const float* x, const float* w, float* y) {
  if (x_count() == 0 || y_count() == 0) return;
  describe(on);
  if (!forward_.known) {
    set_math(allowed_math(on.options().precision));
    forward_.algorithm = on.algorithms().choose(key("forward"), [&] {
      cudnnConvolutionFwdAlgoPerf_t list[kMostAlgorithms];
      int count = 0;
      DeviceArray<char> memory = room();
      check(cudnnFindConvolutionForwardAlgorithmEx(on.cudnn(), x_.get(), x, w_.get(), w, convolution_.get(), y_.get(), y,
                                                   kMostAlgorithms, &count, list, memory.data(),
                                                   static_cast<size_t>(memory.size())),
            "measuring a convolution");
      on.finish();
      return fastest(list, count, on.options().fast);
    });
    forward_.known = true;
  }
  const Algorithm& with = forward_.algorithm;
  take(on, with);
  const float one = 1, zero = 0;
  check(cudnnConvolutionForward(on.cudnn(), &one, x_.get(), x, w_.get(), w, convolution_.get(),
                                static_cast<cudnnConvolutionFwdAlgo_t>(with.number), on.workspace(with.workspace),
                                with.workspace, &zero, y_.get(), y),
        "computing a convolution");
}

void CudnnConvolution::data_gradient(OnCuda& on, const float* w, const float* dy, float* dx) {
  if (x_count() == 0 || y_count() == 0) return;
  describe(on);
  if (!data_.known) {
    set_math(allowed_math(on.options().precision));
    data_.algorithm = on.algorithms().choose(key("data gradient"), [&] {
      cudnnConvolutionBwdDataAlgoPerf_t list[kMostAlgorithms];
      int count = 0;
      CudaMemory other(x_count(), "measuring convolutions");
      DeviceArray<char> memory = room();
      check(cudnnFindConvolutionBackwardDataAlgorithmEx(on.cudnn(), w_.get(), w, y_.get(), dy, convolution_.get(),
                                                        x_.get(), other.data(), kMostAlgorithms, &count, list,
                                                        memory.data(), static_cast<size_t>(memory.size())),
            "measuring a convolution's gradient");
      on.finish();
      return fastest(list, count, on.options().fast);
    });
    data_.known = true;
  }
  const Algorithm& with = data_.algorithm;
  take(on, with);
  const float one = 1, zero = 0;
  check(cudnnConvolutionBackwardData(on.cudnn(), &one, w_.get(), w, y_.get(), dy, convolution_.get(),
                                     static_cast<cudnnConvolutionBwdDataAlgo_t>(with.number),
                                     on.workspace(with.workspace), with.workspace, &zero, x_.get(), dx),
        "computing a convolution's gradient");
}

void CudnnConvolution::weight_gradient(OnCuda& on, const float* x, const float* dy, float* dw) {
  if (x_count() == 0 || y_count() == 0) return;
  describe(on);
  if (!weights_.known) {
    set_math(allowed_math(on.options().precision));
    weights_.algorithm = on.algorithms().choose(key("weight gradient"), [&] {
      cudnnConvolutionBwdFilterAlgoPerf_t list[kMostAlgorithms];
      int count = 0;
      CudaMemory other(w_count(), "measuring convolutions");
      DeviceArray<char> memory = room();
      check(cudnnFindConvolutionBackwardFilterAlgorithmEx(on.cudnn(), x_.get(), x, y_.get(), dy, convolution_.get(),
                                                          w_.get(), other.data(), kMostAlgorithms, &count, list,
                                                          memory.data(), static_cast<size_t>(memory.size())),
            "measuring a convolution's gradient");
      on.finish();
      return fastest(list, count, on.options().fast);
    });
    weights_.known = true;
  }
  const Algorithm& with = weights_.algorithm;
  take(on, with);
  const float one = 1;
  check(cudnnConvolutionBackwardFilter(on.cudnn(), &one, x_.get(), x, y_.get(), dy, convolution_.get(),
                                       static_cast<cudnnConvolutionBwdFilterAlgo_t>(with.number),
                                       on.workspace(with.workspace), with.workspace, &one, w_.get(), dw),
        "computing a convolution's gradient");
}

}  // namespace siamese
