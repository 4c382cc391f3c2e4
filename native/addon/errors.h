// C++ exceptions as JS errors.
#pragma once
#include <napi.h>

#include <exception>

#include "engine/engine.h"

namespace siamese {

Napi::Error js_error(Napi::Env env, const std::exception_ptr& error);

// Calls f(); what it throws becomes a JS exception.
template <class F>
auto translated(Napi::Env env, F f) {
  try {
    return f();
  } catch (...) {
    throw js_error(env, std::current_exception());
  }
}

}  // namespace siamese
