// NativeRandom of src/engine/native.ts: the generator behind `random_seed`.
#include <memory>
#include <optional>

#include "addon.h"
#include "errors.h"
#include "random/fillers.h"

namespace siamese {

namespace {

class JsRandom final : public Napi::ObjectWrap<JsRandom> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeRandom",
                       {InstanceMethod("next", &JsRandom::next), InstanceMethod("fill", &JsRandom::fill_js),
                        InstanceMethod("state", &JsRandom::state)});
  }

  // From a seed, or from what state() gave.
  explicit JsRandom(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsRandom>(info) {
    if (info[0].IsNumber()) {
      generator_.emplace(info[0].As<Napi::Number>().Uint32Value());
      return;
    }
    const auto bytes = typed_array<Napi::Uint8Array>(info[0], napi_uint8_array, "the generator's state");
    const std::vector<uint8_t> state(bytes.Data(), bytes.Data() + bytes.ElementLength());
    translated(info.Env(), [&] { generator_.emplace(state); });
  }

 private:
  Napi::Value next(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), generator_->next()); }

  void fill_js(const Napi::CallbackInfo& info) {
    if (!info[0].IsObject() || !info[1].IsArray()) throw Napi::TypeError::New(info.Env(), "fill(filler, shape, out)");
    const auto spec = info[0].As<Napi::Object>();
    const auto number = [&](const char* name) { return spec.Get(name).ToNumber().FloatValue(); };
    Filler filler;
    filler.type = spec.Get("type").ToString();
    filler.value = number("value");
    filler.min = number("min");
    filler.max = number("max");
    filler.mean = number("mean");
    filler.std = number("std");
    filler.sparse = spec.Get("sparse").ToNumber().Int32Value();
    filler.variance_norm = spec.Get("variance_norm").ToString();
    std::vector<int64_t> shape;
    double count = 1;
    const auto dims = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < dims.Length(); ++i) {
      shape.push_back(Napi::Value(dims.Get(i)).ToNumber().Int64Value());
      if (shape.back() < 0) throw Napi::RangeError::New(info.Env(), "fill: a negative shape");
      count *= static_cast<double>(shape.back());
    }
    Napi::Float32Array out = floats(info[2], "out");
    if (count != static_cast<double>(out.ElementLength())) throw Napi::RangeError::New(info.Env(), "fill: out does not fit");
    translated(info.Env(), [&] { fill(*generator_, filler, shape, out.Data()); });
  }

  Napi::Value state(const Napi::CallbackInfo& info) {
    const std::vector<uint8_t> state = generator_->state();
    auto result = Napi::Uint8Array::New(info.Env(), state.size());
    std::copy(state.begin(), state.end(), result.Data());
    return result;
  }

  std::optional<Generator> generator_;
};

}  // namespace

void init_random(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(JsRandom::define(env)));
  const auto make = [constructor](const Napi::CallbackInfo& info) -> Napi::Value { return constructor->New({info[0]}); };
  exports["createRandom"] = Napi::Function::New(env, make);
  exports["restoreRandom"] = Napi::Function::New(env, make);
}

}  // namespace siamese
