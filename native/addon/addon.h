// What the parts of the addon share: one init function each, and how JS values are read.
#pragma once
#include <napi.h>

#include <string>

#include "engine/engine.h"

namespace siamese {

void init_engine(Napi::Env env, Napi::Object exports);
void init_random(Napi::Env env, Napi::Object exports);
void init_match(Napi::Env env, Napi::Object exports);
void init_cuda(Napi::Env env, Napi::Object exports);
void init_info(Napi::Env env, Napi::Object exports);
void init_lock(Napi::Env env, Napi::Object exports);
void init_inflate(Napi::Env env, Napi::Object exports);
void init_read_file(Napi::Env env, Napi::Object exports);
void register_lmdb(Napi::Env env, Napi::Object exports);

Plan read_plan(const Napi::Object& plan);

// The typed array of that type, or a TypeError that names it.
template <class Array>
Array typed_array(const Napi::Value& value, napi_typedarray_type type, const std::string& what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    throw Napi::TypeError::New(value.Env(), what + " is of another type");
  }
  return value.As<Array>();
}
inline Napi::Float32Array floats(const Napi::Value& value, const std::string& what) {
  return typed_array<Napi::Float32Array>(value, napi_float32_array, what);
}
inline Napi::Int32Array ints(const Napi::Value& value, const std::string& what) {
  return typed_array<Napi::Int32Array>(value, napi_int32_array, what);
}

}  // namespace siamese
