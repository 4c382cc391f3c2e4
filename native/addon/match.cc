// squaredDistances(), classMeans() and the like: the arithmetic of matching, over encodings that JS holds.
#include <cstdio>
#include <string>
#include <vector>

#include "addon.h"
#include "match/checksum.h"
#include "match/class_distances.h"
#include "match/distances.h"
#include "match/ranks.h"

namespace siamese {

namespace {

void check(Napi::Env env, bool good, const std::string& what) {
  if (!good) throw Napi::RangeError::New(env, what);
}

// Queries and targets, rows of `dimension` floats or bytes, both the same.
struct Rows {
  Rows(const Napi::CallbackInfo& info, const std::string& who)
      : are_bytes(info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array),
        queries_(typed_array<Napi::TypedArray>(info[0], type(), "queries")),
        targets_(typed_array<Napi::TypedArray>(info[1], type(), "targets")) {
    const int64_t d = info[2].ToNumber().Int64Value();
    check(info.Env(), d > 0, who + ": dimension must be positive");
    dimension = static_cast<size_t>(d);
    n = queries_.ElementLength() / dimension;
    m = targets_.ElementLength() / dimension;
    check(info.Env(), queries_.ElementLength() == n * dimension && targets_.ElementLength() == m * dimension,
          who + ": the lengths do not fit");
  }
  // work(queries, targets), pointers to floats or to bytes.
  template <class Work>
  void with(const Work& work) {
    if (are_bytes) work(queries_.As<Napi::Uint8Array>().Data(), targets_.As<Napi::Uint8Array>().Data());
    else work(queries_.As<Napi::Float32Array>().Data(), targets_.As<Napi::Float32Array>().Data());
  }
  bool are_bytes;
  size_t n, m, dimension;

 private:
  napi_typedarray_type type() const { return are_bytes ? napi_uint8_array : napi_float32_array; }
  Napi::TypedArray queries_, targets_;
};

void squared_distances_js(const Napi::CallbackInfo& info) {
  Rows rows(info, "squaredDistances");
  Napi::Float32Array out = floats(info[3], "out");
  check(info.Env(), out.ElementLength() == rows.n * rows.m, "squaredDistances: the lengths do not fit");
  rows.with([&](const auto* queries, const auto* targets) {
    squared_distances(queries, rows.n, targets, rows.m, rows.dimension, out.Data());
  });
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
  Rows rows(info, "nearest");
  const int64_t k = info[3].ToNumber().Int64Value();
  Napi::Int32Array indices = ints(info[4], "indices");
  Napi::Float32Array squared = floats(info[5], "squared");
  check(info.Env(), k > 0, "nearest: k must be positive");
  const size_t wanted = rows.n * static_cast<size_t>(k);
  check(info.Env(), static_cast<size_t>(k) <= rows.m && indices.ElementLength() == wanted && squared.ElementLength() == wanted,
        "nearest: the lengths do not fit");
  rows.with([&](const auto* queries, const auto* targets) {
    nearest(queries, rows.n, targets, rows.m, rows.dimension, static_cast<size_t>(k), indices.Data(), squared.Data());
  });
}

// The two nearest so far, in two typed arrays of two numbers a query; see Native.nearestTwo.
class Found {
 public:
  Found(const Napi::CallbackInfo& info, size_t at, size_t n, const char* wrong)
      : squared_(floats(info[at], "squared")), indices_(ints(info[at + 1], "indices")),
        labels_(ints(info[at + 2], "firstLabels")), two_(n) {
    check(info.Env(), squared_.ElementLength() == 2 * n && indices_.ElementLength() == 2 * n &&
          labels_.ElementLength() == n, wrong);
    for (size_t i = 0; i < 2 * n; ++i) {
      two_[i / 2].squared[i % 2] = squared_[i];
      two_[i / 2].index[i % 2] = indices_[i];
    }
  }
  NearestTwo* data() { return two_.data(); }
  int32_t* labels() { return labels_.Data(); }
  void keep() {
    for (size_t i = 0; i < 2 * two_.size(); ++i) {
      squared_[i] = two_[i / 2].squared[i % 2];
      indices_[i] = two_[i / 2].index[i % 2];
    }
  }

 private:
  Napi::Float32Array squared_;
  Napi::Int32Array indices_, labels_;
  std::vector<NearestTwo> two_;
};

void nearest_two_js(const Napi::CallbackInfo& info) {
  const char* const wrong = "nearestTwo: the lengths do not fit";
  const Napi::Float32Array queries = floats(info[0], "queries"), targets = floats(info[1], "targets");
  const Napi::Int32Array labels = ints(info[2], "labels");
  const int64_t dimension = info[3].ToNumber().Int64Value();
  const int32_t offset = info[4].ToNumber().Int32Value();
  check(info.Env(), dimension > 0 && offset >= 0, "nearestTwo: dimension must be positive");
  const size_t d = static_cast<size_t>(dimension), n = queries.ElementLength() / d, m = labels.ElementLength();
  check(info.Env(), queries.ElementLength() == n * d && targets.ElementLength() == m * d, wrong);
  Found found(info, 5, n, wrong);
  nearest_two(queries.Data(), n, targets.Data(), labels.Data(), m, d, offset, found.data(), found.labels());
  found.keep();
}

void least_two_js(const Napi::CallbackInfo& info) {
  const char* const wrong = "leastTwo: the lengths do not fit";
  const Napi::Float32Array distances = floats(info[0], "distances");
  const Napi::Int32Array labels = ints(info[1], "labels");
  const int32_t offset = info[2].ToNumber().Int32Value();
  const size_t m = labels.ElementLength(), n = m ? distances.ElementLength() / m : 0;
  check(info.Env(), distances.ElementLength() == n * m && offset >= 0, wrong);
  Found found(info, 3, n, wrong);
  least_two(distances.Data(), n, labels.Data(), m, offset, found.data(), found.labels());
  found.keep();
}

void class_neighbours_js(const Napi::CallbackInfo& info) {
  const Napi::Float32Array queries = floats(info[0], "queries"), targets = floats(info[1], "targets");
  const Napi::Int32Array owners = ints(info[2], "owners");
  const int64_t dimension = info[3].ToNumber().Int64Value(), k = info[4].ToNumber().Int64Value();
  Napi::Float32Array least = floats(info[5], "least");
  check(info.Env(), dimension > 0 && k > 0, "classNeighbours: dimension and k must be positive");
  const size_t d = static_cast<size_t>(dimension), n = queries.ElementLength() / d, m = owners.ElementLength();
  const size_t row = n ? least.ElementLength() / n : 0, classes = row / static_cast<size_t>(k);
  check(info.Env(), queries.ElementLength() == n * d && targets.ElementLength() == m * d &&
        least.ElementLength() == n * classes * static_cast<size_t>(k), "classNeighbours: the lengths do not fit");
  for (size_t j = 0; j < m; ++j) {
    check(info.Env(), owners[j] < 0 || static_cast<size_t>(owners[j]) < classes, "classNeighbours: a class is out of range");
  }
  class_neighbours(queries.Data(), n, targets.Data(), owners.Data(), m, d, static_cast<size_t>(k), classes, least.Data());
}

void neighbour_means_js(const Napi::CallbackInfo& info) {
  const Napi::Float32Array least = floats(info[0], "least");
  Napi::Float32Array means = floats(info[1], "means");
  const size_t rows = means.ElementLength(), k = rows ? least.ElementLength() / rows : 0;
  check(info.Env(), least.ElementLength() == rows * k, "neighbourMeans: the lengths do not fit");
  neighbour_means(least.Data(), rows, k, means.Data());
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
  exports["nearestTwo"] = Napi::Function::New<nearest_two_js>(env, "nearestTwo");
  exports["leastTwo"] = Napi::Function::New<least_two_js>(env, "leastTwo");
  exports["classNeighbours"] = Napi::Function::New<class_neighbours_js>(env, "classNeighbours");
  exports["neighbourMeans"] = Napi::Function::New<neighbour_means_js>(env, "neighbourMeans");
  exports["nearest"] = Napi::Function::New<nearest_js>(env, "nearest");
}

}  // namespace siamese
