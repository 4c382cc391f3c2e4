// Every status of CUDA, cuDNN and cuBLAS goes through here: one that is no success becomes a DeviceError that says which
// call failed and why.
#pragma once
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <string>

#include "../engine/engine.h"

namespace siamese {

void check(cudaError_t status, const char* doing);
void check(cudnnStatus_t status, const char* doing);
void check(cublasStatus_t status, const char* doing);

// cudaMalloc, or a DeviceError that says how much was asked for and how much is free.
void* allocate_on_gpu(size_t bytes, const char* what);

}  // namespace siamese
