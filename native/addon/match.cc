// squaredDistances() and classMeans(): the arithmetic of matching, over encodings that JS holds.
#include <cstdio>

#include "addon.h"
#include "match/checksum.h"
#include "match/distances.h"
#include "match/ranks.h"

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

Napi::Float64Array doubles(const Napi::Value& value, const std::string& what) {
  return typed_array<Napi::Float64Array>(value, napi_float64_array, what);
}

// Encodings and their classes, n x d and n.
struct Labelled {
  Labelled(const Napi::CallbackInfo& info, const char* name)
      : encodings(floats(info[0], "encodings")), classes(ints(info[1], "classes")) {
    const int64_t d = info[2].ToNumber().Int64Value();
    check(info.Env(), d > 0, name);
    dimension = static_cast<size_t>(d);
    n = classes.ElementLength();
    check(info.Env(), encodings.ElementLength() == n * dimension, name);
  }
  Napi::Float32Array encodings;
  Napi::Int32Array classes;
  size_t n, dimension;
};

void pair_counts_js(const Napi::CallbackInfo& info) {
  const Labelled set(info, "pairCounts: the lengths do not fit");
  Napi::Float64Array same = doubles(info[3], "same"), different = doubles(info[4], "different");
  check(info.Env(), same.ElementLength() == kBins && different.ElementLength() == kBins,
        "pairCounts: wanted are 2^22 bins");
  pair_counts(set.encodings.Data(), set.classes.Data(), set.n, set.dimension, same.Data(), different.Data());
}

void retrieval_js(const Napi::CallbackInfo& info) {
  const Labelled set(info, "retrieval: the lengths do not fit");
  Napi::Int32Array first = ints(info[3], "first");
  Napi::Float64Array precision = doubles(info[4], "rPrecision"), average = doubles(info[5], "averagePrecision");
  check(info.Env(), first.ElementLength() == set.n && precision.ElementLength() == set.n &&
        average.ElementLength() == set.n, "retrieval: the lengths do not fit");
  retrieval(set.encodings.Data(), set.classes.Data(), set.n, set.dimension, first.Data(), precision.Data(),
            average.Data());
}

void nearest_js(const Napi::CallbackInfo& info) {
  const Napi::Float32Array queries = floats(info[0], "queries"), targets = floats(info[1], "targets");
  const int64_t dimension = info[2].ToNumber().Int64Value(), k = info[3].ToNumber().Int64Value();
  Napi::Int32Array indices = ints(info[4], "indices");
  Napi::Float32Array squared = floats(info[5], "squared");
  check(info.Env(), dimension > 0 && k > 0, "nearest: dimension and k must be positive");
  const size_t d = static_cast<size_t>(dimension), n = queries.ElementLength() / d, m = targets.ElementLength() / d;
  const size_t wanted = n * static_cast<size_t>(k);
  check(info.Env(), queries.ElementLength() == n * d && targets.ElementLength() == m * d && static_cast<size_t>(k) <= m &&
        indices.ElementLength() == wanted && squared.ElementLength() == wanted, "nearest: the lengths do not fit");
  nearest(queries.Data(), n, targets.Data(), m, d, static_cast<size_t>(k), indices.Data(), squared.Data());
}

// Of a list of Float32Arrays, as 16 hexadecimal digits.
Napi::Value checksum_js(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "checksum: wants an array of Float32Arrays");
  const Napi::Array arrays = info[0].As<Napi::Array>();
  Checksum sum;
  for (uint32_t i = 0; i < arrays.Length(); ++i) {
    const Napi::Float32Array values = floats(arrays.Get(i), "weights");
    sum.add(values.Data(), values.ElementLength());
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum.value()));
  return Napi::String::New(info.Env(), digits);
}

}  // namespace

void init_match(Napi::Env env, Napi::Object exports) {
  exports["squaredDistances"] = Napi::Function::New<squared_distances_js>(env, "squaredDistances");
  exports["checksum"] = Napi::Function::New<checksum_js>(env, "checksum");
  exports["classMeans"] = Napi::Function::New<class_means_js>(env, "classMeans");
  exports["pairCounts"] = Napi::Function::New<pair_counts_js>(env, "pairCounts");
  exports["retrieval"] = Napi::Function::New<retrieval_js>(env, "retrieval");
  exports["nearest"] = Napi::Function::New<nearest_js>(env, "nearest");
}

}  // namespace siamese
