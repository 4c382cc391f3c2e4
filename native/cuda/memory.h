// Memory that a GPU uses, freed where its owner ends: floats of arenas, arrays of anything, and pinned memory of the host.
#pragma once
#include <cstdint>
#include <utility>

#include "check.h"

namespace siamese {

struct Uncleared {};

// Elements of a plain type in GPU memory, zeros at first unless they are made Uncleared.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(int64_t size, const char* what, Uncleared)
      : data_(static_cast<T*>(allocate_on_gpu(static_cast<size_t>(size) * sizeof(T), what))), size_(size) {}
  explicit DeviceArray(int64_t size, const char* what = "the net") : DeviceArray(size, what, Uncleared{}) {
    if (size == 0) return;
    // In a stream that nobody else waits for: to wait for the whole GPU would end what another engine records.
    check(cudaMemsetAsync(data_, 0, static_cast<size_t>(size) * sizeof(T), cudaStreamPerThread), "clearing memory");
    check(cudaStreamSynchronize(cudaStreamPerThread), "clearing memory");
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(DeviceArray&& other) noexcept { *this = std::move(other); }
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  int64_t size_ = 0;
};

using CudaMemory = DeviceArray<float>;

// Elements in memory of the host that is pinned, so that copies need not wait for the host.
template <class T>
class PinnedArray {
 public:
  PinnedArray() = default;
  explicit PinnedArray(int64_t size) : size_(size) {
    if (size == 0) return;
    void* memory = nullptr;
    check(cudaMallocHost(&memory, static_cast<size_t>(size) * sizeof(T)), "allocating pinned memory");
    data_ = static_cast<T*>(memory);
  }
  ~PinnedArray() {
    if (data_) cudaFreeHost(data_);
  }
  PinnedArray(PinnedArray&& other) noexcept { *this = std::move(other); }
  PinnedArray& operator=(PinnedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() { return data_; }
  int64_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace siamese
