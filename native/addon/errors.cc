// C++ exceptions as JS errors with properties that engine.ts reads: code, layer (index in the plan), iteration.
#include "errors.h"

#include <new>

namespace siamese {

Napi::Error js_error(Napi::Env env, const std::exception_ptr& error) {
  const auto make = [env](const std::string& message, const char* code) {
    Napi::Error result = Napi::Error::New(env, message);
    result.Set("code", Napi::String::New(env, code));
    return result;
  };
  try {
    std::rethrow_exception(error);
  } catch (const Napi::Error& e) {
    return e;
  } catch (const LayerError& e) {
    using Fault = LayerError::Fault;
    Napi::Error result = make(e.what(), e.fault == Fault::kData     ? "data"
                                        : e.fault == Fault::kDevice ? "device"
                                                                    : "internal");
    result.Set("layer", Napi::Number::New(env, static_cast<double>(e.layer)));
    return result;
  } catch (const Diverged& e) {
    Napi::Error result = make(e.what(), "diverged");
    result.Set("iteration", Napi::Number::New(env, static_cast<double>(e.iteration)));
    return result;
  } catch (const DeviceError& e) {
    return make(e.what(), "device");
  } catch (const std::bad_alloc&) {
    return make("out of memory", "device");
  } catch (const std::runtime_error& e) {
    return make(e.what(), "data");
  } catch (const std::exception& e) {
    return make(e.what(), "internal");
  }
}

}  // namespace siamese
