// The emulated libraries: the formulas of their manuals, term by term in double. Workspaces are written to, so that one
// that is too small or gone is seen.
#include <cublas_v2.h>
#include <cudnn.h>

#include <cstring>
#include <vector>

struct cublasContext {
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;
  size_t size = 0;
};
struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  std::vector<int> dims;
};
struct cudnnFilterStruct {
  std::vector<int> dims;
};
struct cudnnConvolutionStruct {
  std::vector<int> pad, stride, dilation;
  int group = 1;
};

namespace {

// --- Matrices -------------------------------------------------------------------------------------------------------------
struct Product {
  bool turn_a, turn_b;
  int m, n, k;
  float alpha, beta;
  const float *a, *b;
  float* c;
  int64_t lda, ldb, ldc;

  void operator()() const {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < m; ++i) {
        double sum = 0;
        for (int64_t l = 0; l < k; ++l) {
          sum += static_cast<double>(turn_a ? a[l + i * lda] : a[i + l * lda]) * (turn_b ? b[j + l * ldb] : b[l + j * ldb]);
        }
        float& to = c[i + j * ldc];
        to = static_cast<float>(alpha * sum + (beta == 0 ? 0 : beta * to));
      }
    }
  }
};

// --- Convolutions: every pair of places that a weight connects --------------------------------------------------------------
struct Geometry {
  std::vector<int> x, y, w, pad, stride, dilation;
  int group;

  static int64_t count(const std::vector<int>& dims, size_t from = 0) {
    int64_t n = 1;
    for (size_t a = from; a < dims.size(); ++a) n *= dims[a];
    return n;
  }

  // The sizes of y are those that x, w and the windows give.
  bool fits() const {
    if (x.size() != y.size() || x.size() != w.size() || x[0] != y[0] || w[0] != y[1] || w[1] * group != x[1]) return false;
    for (size_t a = 0; a < pad.size(); ++a) {
      const int extent = dilation[a] * (w[2 + a] - 1) + 1;
      if (y[2 + a] != (x[2 + a] + 2 * pad[a] - extent) / stride[a] + 1) return false;
    }
    return true;
  }

  // visit(index in x, index in w, index in y)
  template <class Visit>
  void each(Visit visit) const {
    const size_t axes = pad.size();
    const int64_t x_places = count(x, 2), y_places = count(y, 2), w_places = count(w, 2);
    const int outputs = y[1] / group, inputs = w[1];
    for (int n = 0; n < x[0]; ++n) {
      for (int o = 0; o < y[1]; ++o) {
        for (int64_t p = 0; p < y_places; ++p) {
          for (int64_t k = 0; k < w_places; ++k) {
            int64_t place = 0, rest_p = p, rest_k = k, step = 1;
            bool inside = true;
            for (size_t a = axes; a-- > 0;) {
              const int64_t at = rest_p % y[2 + a] * stride[a] - pad[a] + rest_k % w[2 + a] * dilation[a];
              inside = inside && at >= 0 && at < x[2 + a];
              place += at * step;
              step *= x[2 + a];
              rest_p /= y[2 + a];
              rest_k /= w[2 + a];
            }
            if (!inside) continue;
            for (int c = 0; c < inputs; ++c) {
              const int64_t channel = static_cast<int64_t>(o / outputs) * inputs + c;
              visit((n * static_cast<int64_t>(x[1]) + channel) * x_places + place,
                    (static_cast<int64_t>(o) * inputs + c) * w_places + k, (n * static_cast<int64_t>(y[1]) + o) * y_places + p);
            }
          }
        }
      }
    }
  }
};

constexpr size_t kWorkspace = 1000;  // bytes that every algorithm asks for

// to = sum + beta * to
void store(const std::vector<double>& sums, float beta, float* to) {
  for (size_t i = 0; i < sums.size(); ++i) {
    to[i] = static_cast<float>(sums[i] + (beta == 0 ? 0 : static_cast<double>(beta) * to[i]));
  }
}

template <class Work>
cudnnStatus_t convolve(cudnnHandle_t handle, const Geometry& geometry, void* workspace, size_t size, Work work) {
  if (!geometry.fits() || size < kWorkspace) return CUDNN_STATUS_BAD_PARAM;
  emulate_kernel(handle->stream, [=] {
    std::memset(workspace, 0xFF, size);
    work();
  });
  return CUDNN_STATUS_SUCCESS;
}

Geometry geometry_of(cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t y, cudnnFilterDescriptor_t w,
                     cudnnConvolutionDescriptor_t c) {
  return {x->dims, y->dims, w->dims, c->pad, c->stride, c->dilation, c->group};
}

// The fastest has no fixed order of summation, the second has one. Measuring overwrites the result.
template <class Algo>
cudnnStatus_t list_algorithms(cudnnHandle_t handle, int requested, int* returned, EmulatedPerformance<Algo>* list,
                              void* result, int64_t count) {
  *returned = requested < 2 ? requested : 2;
  for (int i = 0; i < *returned; ++i) {
    list[i] = {static_cast<Algo>(i), CUDNN_STATUS_SUCCESS, 1.0f + static_cast<float>(i), kWorkspace,
               i == 0 ? CUDNN_NON_DETERMINISTIC : CUDNN_DETERMINISTIC, CUDNN_FMA_MATH};
  }
  emulate_kernel(handle->stream, [=] { std::memset(result, 0xFF, static_cast<size_t>(count) * sizeof(float)); });
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

cublasStatus_t cublasCreate(cublasHandle_t* handle) { return *handle = new cublasContext, CUBLAS_STATUS_SUCCESS; }
// As cuBLAS's and cuDNN's manuals say of theirs, this waits for the whole GPU.
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  return cudaDeviceSynchronize(), delete handle, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  return handle->stream = stream, CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, size_t size) {
  handle->workspace = workspace;
  handle->size = size;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetProperty(libraryPropertyType, int* value) { return *value = 0, CUBLAS_STATUS_SUCCESS; }
const char* cublasGetStatusString(cublasStatus_t) { return "an invalid value"; }
cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                            const void* alpha, const void* a, cudaDataType, int lda, const void* b, cudaDataType, int ldb,
                            const void* beta, void* c, cudaDataType, int ldc, cublasComputeType_t, cublasGemmAlgo_t) {
  const bool turn_a = op_a == CUBLAS_OP_T, turn_b = op_b == CUBLAS_OP_T;
  const auto most = [](int x) { return x > 1 ? x : 1; };
  if (lda < most(turn_a ? k : m) || ldb < most(turn_b ? n : k) || ldc < most(m)) return CUBLAS_STATUS_INVALID_VALUE;
  const Product product{turn_a,
                        turn_b,
                        m,
                        n,
                        k,
                        *static_cast<const float*>(alpha),
                        *static_cast<const float*>(beta),
                        static_cast<const float*>(a),
                        static_cast<const float*>(b),
                        static_cast<float*>(c),
                        lda,
                        ldb,
                        ldc};
  emulate_kernel(handle->stream, [product, handle] {
    std::memset(handle->workspace, 0xFF, handle->size < 64 ? handle->size : 64);
    product();
  });
  return CUBLAS_STATUS_SUCCESS;
}

size_t cudnnGetVersion() { return 90000; }
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_SUCCESS ? "CUDNN_STATUS_SUCCESS" : "CUDNN_STATUS_BAD_PARAM";
}
void cudnnGetLastErrorString(char* text, size_t size) {
  if (size > 0) text[0] = 0;
}
cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) { return *handle = new cudnnContext, CUDNN_STATUS_SUCCESS; }
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return cudaDeviceSynchronize(), delete handle, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  return handle->stream = stream, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* t) {
  return *t = new cudnnTensorStruct, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t t) { return delete t, CUDNN_STATUS_SUCCESS; }
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t t, cudnnDataType_t, int n, const int dims[],
                                         const int strides[]) {
  int64_t step = 1;
  for (int a = n; a-- > 0; step *= dims[a]) {
    if (strides[a] != step) return CUDNN_STATUS_BAD_PARAM;
  }
  return t->dims.assign(dims, dims + n), CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* f) {
  return *f = new cudnnFilterStruct, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t f) { return delete f, CUDNN_STATUS_SUCCESS; }
cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t f, cudnnDataType_t, cudnnTensorFormat_t, int n,
                                         const int dims[]) {
  return f->dims.assign(dims, dims + n), CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* c) {
  return *c = new cudnnConvolutionStruct, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t c) { return delete c, CUDNN_STATUS_SUCCESS; }
cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t c, int n, const int pad[], const int stride[],
                                              const int dilation[], cudnnConvolutionMode_t, cudnnDataType_t) {
  if (n < 2) return CUDNN_STATUS_BAD_PARAM;
  c->pad.assign(pad, pad + n);
  c->stride.assign(stride, stride + n);
  c->dilation.assign(dilation, dilation + n);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t c, int group) {
  return c->group = group, CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t, cudnnMathType_t) { return CUDNN_STATUS_SUCCESS; }

cudnnStatus_t cudnnFindConvolutionForwardAlgorithmEx(cudnnHandle_t handle, cudnnTensorDescriptor_t, const void*,
                                                     cudnnFilterDescriptor_t, const void*, cudnnConvolutionDescriptor_t,
                                                     cudnnTensorDescriptor_t y, void* out, int requested, int* returned,
                                                     cudnnConvolutionFwdAlgoPerf_t* list, void*, size_t) {
  return list_algorithms(handle, requested, returned, list, out, Geometry::count(y->dims));
}
cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithmEx(cudnnHandle_t handle, cudnnFilterDescriptor_t, const void*,
                                                          cudnnTensorDescriptor_t, const void*,
                                                          cudnnConvolutionDescriptor_t, cudnnTensorDescriptor_t x, void* dx,
                                                          int requested, int* returned,
                                                          cudnnConvolutionBwdDataAlgoPerf_t* list, void*, size_t) {
  return list_algorithms(handle, requested, returned, list, dx, Geometry::count(x->dims));
}
cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithmEx(cudnnHandle_t handle, cudnnTensorDescriptor_t, const void*,
                                                            cudnnTensorDescriptor_t, const void*,
                                                            cudnnConvolutionDescriptor_t, cudnnFilterDescriptor_t w,
                                                            void* dw, int requested, int* returned,
                                                            cudnnConvolutionBwdFilterAlgoPerf_t* list, void*, size_t) {
  return list_algorithms(handle, requested, returned, list, dw, Geometry::count(w->dims));
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void*, cudnnTensorDescriptor_t x, const void* from,
                                      cudnnFilterDescriptor_t w, const void* weights, cudnnConvolutionDescriptor_t c,
                                      cudnnConvolutionFwdAlgo_t, void* workspace, size_t size, const void* beta,
                                      cudnnTensorDescriptor_t y, void* to) {
  const Geometry geometry = geometry_of(x, y, w, c);
  const float add = *static_cast<const float*>(beta);
  return convolve(handle, geometry, workspace, size, [=] {
    const float *xs = static_cast<const float*>(from), *ws = static_cast<const float*>(weights);
    std::vector<double> sums(static_cast<size_t>(Geometry::count(geometry.y)));
    geometry.each([&](int64_t i, int64_t k, int64_t o) { sums[static_cast<size_t>(o)] += static_cast<double>(xs[i]) * ws[k]; });
    store(sums, add, static_cast<float*>(to));
  });
}
cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void*, cudnnFilterDescriptor_t w,
                                           const void* weights, cudnnTensorDescriptor_t y, const void* dy,
                                           cudnnConvolutionDescriptor_t c, cudnnConvolutionBwdDataAlgo_t, void* workspace,
                                           size_t size, const void* beta, cudnnTensorDescriptor_t x, void* dx) {
  const Geometry geometry = geometry_of(x, y, w, c);
  const float add = *static_cast<const float*>(beta);
  return convolve(handle, geometry, workspace, size, [=] {
    const float *gs = static_cast<const float*>(dy), *ws = static_cast<const float*>(weights);
    std::vector<double> sums(static_cast<size_t>(Geometry::count(geometry.x)));
    geometry.each([&](int64_t i, int64_t k, int64_t o) { sums[static_cast<size_t>(i)] += static_cast<double>(gs[o]) * ws[k]; });
    store(sums, add, static_cast<float*>(dx));
  });
}
cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void*, cudnnTensorDescriptor_t x, const void* from,
                                             cudnnTensorDescriptor_t y, const void* dy, cudnnConvolutionDescriptor_t c,
                                             cudnnConvolutionBwdFilterAlgo_t, void* workspace, size_t size,
                                             const void* beta, cudnnFilterDescriptor_t w, void* dw) {
  const Geometry geometry = geometry_of(x, y, w, c);
  const float add = *static_cast<const float*>(beta);
  return convolve(handle, geometry, workspace, size, [=] {
    const float *xs = static_cast<const float*>(from), *gs = static_cast<const float*>(dy);
    std::vector<double> sums(static_cast<size_t>(Geometry::count(geometry.w)));
    geometry.each([&](int64_t i, int64_t k, int64_t o) { sums[static_cast<size_t>(k)] += static_cast<double>(xs[i]) * gs[o]; });
    store(sums, add, static_cast<float*>(dw));
  });
}
