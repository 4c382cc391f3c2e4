// Statuses as errors in words.
#include "check.h"

namespace siamese {

namespace {

std::string gigabytes(size_t bytes) {
  const double mib = static_cast<double>(bytes) / (1 << 20);
  char text[64];
  if (mib >= 1024) {
    snprintf(text, sizeof text, "%.2f GiB", mib / 1024);
  } else {
    snprintf(text, sizeof text, "%.1f MiB", mib);
  }
  return text;
}

}  // namespace

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // an error that does not stick must not be found by the next call
  throw DeviceError(std::string("CUDA: ") + doing + ": " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) +
                    ")");
}

void check(cudnnStatus_t status, const char* doing) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char last[512] = "";
  cudnnGetLastErrorString(last, sizeof last);
  const std::string more = last[0] ? std::string(": ") + last : "";
  throw DeviceError(std::string("cuDNN: ") + doing + ": " + cudnnGetErrorString(status) + more);
}

void check(cublasStatus_t status, const char* doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw DeviceError(std::string("cuBLAS: ") + doing + ": " + cublasGetStatusString(status));
}

void* allocate_on_gpu(size_t bytes, const char* what) {
  if (bytes == 0) return nullptr;
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "asking for free memory");
    throw DeviceError("out of GPU memory: " + gigabytes(bytes) + " for " + what + " do not fit, " + gigabytes(free) +
                      " of " + gigabytes(total) + " are free; a smaller batch_size needs less");
  }
  check(status, "allocating memory");
  return memory;
}

}  // namespace siamese
