// squaredDistances() and classMeans(): the arithmetic of matching, over encodings that JS holds.
#include "addon.h"
#include "match/distances.h"

namespace siamese {

namespace {

void check(Napi::Env env, bool good, const char* what) {
  if (!good) throw Napi::RangeError::New(env, what);
}

// Floats or bytes, both the same.
void squared_distances_js(const Napi::CallbackInfo& info) {
  const bool are_bytes = info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  const auto type = are_bytes ? napi_uint8_array : napi_float32_array;
  const auto queries = typed_array<Napi::TypedArray>(info[0], type, "queries");
  const auto targets = typed_array<Napi::TypedArray>(info[1], type, "targets");
  const int64_t dimension = info[2].ToNumber().Int64Value();
  Napi::Float32Array out = floats(info[3], "out");
  check(info.Env(), dimension > 0, "squaredDistances: dimension must be positive");
  const size_t d = static_cast<size_t>(dimension), n = queries.ElementLength() / d, m = targets.ElementLength() / d;
  check(info.Env(), queries.ElementLength() == n * d && targets.ElementLength() == m * d && out.ElementLength() == n * m,
        "squaredDistances: the lengths do not fit");
  if (are_bytes) {
    const auto data = [](const Napi::TypedArray& array) { return array.As<Napi::Uint8Array>().Data(); };
    squared_byte_distances(data(queries), n, data(targets), m, d, out.Data());
  } else {
    const auto data = [](const Napi::TypedArray& array) { return array.As<Napi::Float32Array>().Data(); };
    squared_distances(data(queries), n, data(targets), m, d, out.Data());
  }
}

void class_means_js(const Napi::CallbackInfo& info) {
  const Napi::Float32Array encodings = floats(info[0], "encodings");
  const Napi::Int32Array classes = ints(info[1], "classes");
  const int64_t dimension = info[2].ToNumber().Int64Value();
  Napi::Float32Array means = floats(info[3], "means");
  Napi::Int32Array counts = ints(info[4], "counts");
  check(info.Env(), dimension > 0, "classMeans: dimension must be positive");
  const size_t d = static_cast<size_t>(dimension), n = classes.ElementLength(), k = counts.ElementLength();
  check(info.Env(), encodings.ElementLength() == n * d && means.ElementLength() == k * d,
        "classMeans: the lengths do not fit");
  for (size_t i = 0; i < n; ++i) {
    check(info.Env(), classes[i] >= 0 && static_cast<size_t>(classes[i]) < k, "classMeans: a class is out of range");
  }
  class_means(encodings.Data(), classes.Data(), n, d, k, means.Data(), counts.Data());
}

}  // namespace

void init_match(Napi::Env env, Napi::Object exports) {
  exports["squaredDistances"] = Napi::Function::New<squared_distances_js>(env, "squaredDistances");
  exports["classMeans"] = Napi::Function::New<class_means_js>(env, "classMeans");
}

}  // namespace siamese
