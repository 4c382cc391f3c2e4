// The GPU backend: its device, its libraries, copies, and memory for library calls.
#include "on_cuda.h"

#include <stdexcept>

#include "../layers/view.h"

namespace siamese {

namespace {

constexpr size_t kCublasWorkspace = size_t{32} << 20;  // what cuBLAS itself takes on Hopper; of our own it may be recorded

// Whether the elements lie one after another as Caffe counts them.
bool in_caffe_order(const Tensor& t) {
  return t.cols == 1 ? t.pitch == 1 : t.rows == 1 ? t.step == 1 : t.pitch == 1 && t.step == t.rows;
}

}  // namespace

OnCuda::OnCuda(const EngineOptions& options) : options_(options) {
  int count = 0;
  check(cudaGetDeviceCount(&count), "looking for GPUs");
  if (options.gpu < 0 || options.gpu >= count) {
    throw DeviceError("there is no GPU " + std::to_string(options.gpu) + ": this machine has " +
                      (count == 1 ? "1, number 0" : std::to_string(count) + ", numbered from 0"));
  }
  check(cudaSetDevice(options.gpu), "taking the GPU");
  stream_ = std::make_unique<Stream>(make_stream());
  control_ = std::make_unique<DeviceArray<Control>>(1);
  algorithms_ = std::make_unique<Algorithms>(options);
  partials_ = DeviceArray<double>(kPartials);
}

cudnnHandle_t OnCuda::cudnn() {
  if (!cudnn_) {
    cudnnHandle_t handle = nullptr;
    check(cudnnCreate(&handle), "starting cuDNN");
    cudnn_ = Cudnn(handle);
    check(cudnnSetStream(handle, stream()), "giving cuDNN its stream");
  }
  return cudnn_.get();
}

cublasHandle_t OnCuda::cublas() {
  if (!cublas_) {
    cublasHandle_t handle = nullptr;
    check(cublasCreate(&handle), "starting cuBLAS");
    cublas_ = Cublas(handle);
    check(cublasSetStream(handle, stream()), "giving cuBLAS its stream");
    cublas_workspace_ = DeviceArray<char>(static_cast<int64_t>(kCublasWorkspace), "cuBLAS", Uncleared{});
    check(cublasSetWorkspace(handle, cublas_workspace_.data(), kCublasWorkspace), "giving cuBLAS its workspace");
  }
  return cublas_.get();
}

void* OnCuda::workspace(size_t bytes) {
  if (bytes > static_cast<size_t>(workspace_.size())) {
    finish();  // a call under way may use the old one
    workspace_ = DeviceArray<char>();
    workspace_ = DeviceArray<char>(static_cast<int64_t>(bytes), "cuDNN's workspace", Uncleared{});
    ++workspace_generation_;
  }
  return workspace_.data();
}

void OnCuda::begin_layer(int64_t index) { next_site_ = static_cast<int>(index) * kSitesOfLayer; }

int OnCuda::new_site(Message message) {
  const int site = next_site_++;
  messages_[site] = std::move(message);
  return site;
}

void OnCuda::relayout(const Tensor& from, const Tensor& to) {
  if (from.count() != to.count()) throw std::invalid_argument("relayout: the element counts differ");
  if (in_caffe_order(from) && in_caffe_order(to)) {
    const size_t bytes = static_cast<size_t>(from.count()) * sizeof(float);
    if (bytes == 0) return;
    return check(cudaMemcpyAsync(to.data, from.data, bytes, cudaMemcpyDeviceToDevice, stream()), "copying a blob");
  }
  const View x = from, y = to;
  if (from.split == to.split) {
    return for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = x.at(r, c); });
  }
  for_each(x.count(), [=] SIAMESE_HD(int64_t i) { y.linear(i) = x.linear(i); });
}

void OnCuda::read(const Tensor& from, float* host) {
  if (in_caffe_order(from)) return copy_to_host(from.data, host, from.count());
  CudaMemory in_order(from.count());
  Tensor to = from;
  to.data = in_order.data();
  to.pitch = 1;
  to.step = to.rows;
  relayout(from, to);
  copy_to_host(in_order.data(), host, from.count());
}

void OnCuda::write(const Tensor& to, const float* host) {
  if (in_caffe_order(to)) return copy_from_host(to.data, host, to.count());
  CudaMemory in_order(to.count());
  copy_from_host(in_order.data(), host, to.count());
  Tensor from = to;
  from.data = in_order.data();
  from.pitch = 1;
  from.step = from.rows;
  relayout(from, to);
  finish();
}

void OnCuda::copy_to_host(const float* from, float* host, int64_t n) {
  if (n == 0) return;
  const size_t bytes = static_cast<size_t>(n) * sizeof(float);
  check(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream()), "copying from the GPU");
  finish();
}

void OnCuda::copy_from_host(float* to, const float* host, int64_t n) {
  if (n == 0) return;
  const size_t bytes = static_cast<size_t>(n) * sizeof(float);
  check(cudaMemcpyAsync(to, host, bytes, cudaMemcpyHostToDevice, stream()), "copying to the GPU");
  finish();
}

void OnCuda::zero(float* to, int64_t n) {
  if (n == 0) return;
  check(cudaMemsetAsync(to, 0, static_cast<size_t>(n) * sizeof(float), stream()), "clearing memory");
}

void OnCuda::fill(const Tensor& to, float value) {
  const View y = to;
  for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = value; });
}

}  // namespace siamese
