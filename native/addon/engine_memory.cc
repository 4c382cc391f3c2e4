// NativeEngine: what goes in and out between runs.
#include "js_engine.h"

namespace siamese {

size_t JsEngine::feed_index(const Napi::CallbackInfo& info) const {
  const double feed = info[0].ToNumber().DoubleValue();
  if (!(feed >= 0 && feed < static_cast<double>(resident_.size()))) throw Napi::RangeError::New(info.Env(), "no such feed");
  return static_cast<size_t>(feed);
}

size_t JsEngine::layer_index(const Napi::CallbackInfo& info) const {
  const auto found = layers_.find(info[0].ToString());
  if (found == layers_.end()) throw Napi::Error::New(info.Env(), "there is no layer " + std::string(info[0].ToString()));
  return found->second;
}

void JsEngine::set_records(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  const size_t feed = feed_index(info);
  if (!info[1].IsObject()) throw Napi::TypeError::New(info.Env(), "records are no object");
  Kept kept;
  const Records records = read_records(info[1].As<Napi::Object>(), kept);
  on_thread(info.Env(), [&] { engine.set_records(feed, records); });
  resident_[feed] = std::move(kept);
}

void JsEngine::set_mean(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  const size_t feed = feed_index(info);
  const Napi::Float32Array mean = floats(info[1], "mean");
  std::vector<float> copy(mean.Data(), mean.Data() + mean.ElementLength());
  on_thread(info.Env(), [&] { engine.set_mean(feed, std::move(copy)); });
}

void JsEngine::read(const Napi::CallbackInfo& info) { access_blob(info, false); }
void JsEngine::write(const Napi::CallbackInfo& info) { access_blob(info, true); }
void JsEngine::read_param(const Napi::CallbackInfo& info) { access_param(info, false); }
void JsEngine::write_param(const Napi::CallbackInfo& info) { access_param(info, true); }
void JsEngine::read_arena(const Napi::CallbackInfo& info) { access_arena(info, false); }
void JsEngine::write_arena(const Napi::CallbackInfo& info) { access_arena(info, true); }

namespace {

void check_count(const Napi::Float32Array& array, int64_t count, const std::string& what) {
  if (static_cast<int64_t>(array.ElementLength()) != count) {
    throw Napi::RangeError::New(array.Env(), what + " has " + std::to_string(count) + " elements, the array " +
                                                 std::to_string(array.ElementLength()));
  }
}

int64_t element_count(const PlanTensor& tensor) {
  int64_t count = 1;
  for (int64_t dim : tensor.shape) count *= dim;
  return count;
}

}  // namespace

TensorId JsEngine::blob_tensor(const Napi::CallbackInfo& info) const {
  Engine& engine = idle(info.Env());
  const std::string name = info[0].ToString(), kind = info[1].ToString();
  const PlanBlob* const found = find_blob(engine.plan(), name);
  if (!found) throw Napi::Error::New(info.Env(), "there is no blob " + name);
  const PlanBlob& blob = *found;
  if (!blob.kept) throw Napi::Error::New(info.Env(), "blob " + name + " is not kept by this plan");
  if (kind != "data" && kind != "diff") throw Napi::TypeError::New(info.Env(), "blobs have data and diff, not " + kind);
  const TensorId id = kind == "diff" ? blob.tensors.diff : blob.tensors.data;
  if (id < 0) throw Napi::Error::New(info.Env(), "blob " + name + " has no diff in this plan");
  return id;
}

Napi::Value JsEngine::count(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  return Napi::Number::New(info.Env(), static_cast<double>(engine.count(blob_tensor(info))));
}

void JsEngine::access_blob(const Napi::CallbackInfo& info, bool writing) {
  Engine& engine = idle(info.Env());
  const TensorId id = blob_tensor(info);
  Napi::Float32Array array = floats(info[2], "the array");
  check_count(array, engine.count(id), "blob " + std::string(info[0].ToString()));
  if (array.ElementLength() == 0) return;
  on_thread(info.Env(), [&] { writing ? engine.write(id, array.Data()) : engine.read(id, array.Data()); });
}

void JsEngine::access_param(const Napi::CallbackInfo& info, bool writing) {
  Engine& engine = idle(info.Env());
  const Plan& plan = engine.plan();
  const double index = info[0].ToNumber().DoubleValue();
  if (!(index >= 0 && index < static_cast<double>(plan.params.size()))) {
    throw Napi::RangeError::New(info.Env(), "there is no such param");
  }
  const size_t i = static_cast<size_t>(index);
  const std::string kind = info[1].ToString();
  const PlanParam& param = plan.params[i];
  Napi::Float32Array array = floats(info[2], "the array");
  check_count(array, element_count(plan.tensors[static_cast<size_t>(param.tensors.data)]), "param " + param.name);
  if (kind == "data" || kind == "diff") {
    const TensorId id = kind == "diff" ? param.tensors.diff : param.tensors.data;
    if (id < 0) throw Napi::Error::New(info.Env(), "param " + param.name + " has no diff in this plan");
    on_thread(info.Env(), [&] { writing ? engine.write(id, array.Data()) : engine.read(id, array.Data()); });
    return;
  }
  const int64_t slots = plan.param_size ? engine.arena_size(ArenaName::kHistory) / plan.param_size : 0;
  const int64_t slot = kind == "history0" ? 0 : kind == "history1" ? 1 : -1;
  if (slot < 0 || slot >= slots) throw Napi::Error::New(info.Env(), "params have no " + kind + " in this plan");
  on_thread(info.Env(), [&] {
    writing ? engine.write_history(i, slot, array.Data()) : engine.read_history(i, slot, array.Data());
  });
}

void JsEngine::access_arena(const Napi::CallbackInfo& info, bool writing) {
  Engine& engine = idle(info.Env());
  const std::string name = info[0].ToString();
  if (name != "param" && name != "gradient" && name != "history") {
    throw Napi::TypeError::New(info.Env(), "there is no arena " + name);
  }
  const ArenaName arena = name == "param"      ? ArenaName::kParam
                          : name == "gradient" ? ArenaName::kGradient
                                               : ArenaName::kHistory;
  Napi::Float32Array array = floats(info[1], "the array");
  check_count(array, engine.arena_size(arena), "arena " + name);
  on_thread(info.Env(), [&] { writing ? engine.write_arena(arena, array.Data()) : engine.read_arena(arena, array.Data()); });
}

Napi::Value JsEngine::read_state(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  const size_t layer = layer_index(info);
  std::vector<uint8_t> state;
  on_thread(info.Env(), [&] { state = engine.read_state(layer); });
  auto result = Napi::Uint8Array::New(info.Env(), state.size());
  std::copy(state.begin(), state.end(), result.Data());
  return result;
}

void JsEngine::write_state(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  const size_t layer = layer_index(info);
  const auto bytes = typed_array<Napi::Uint8Array>(info[1], napi_uint8_array, "state");
  const std::vector<uint8_t> state(bytes.Data(), bytes.Data() + bytes.ElementLength());
  on_thread(info.Env(), [&] { engine.write_state(layer, state); });
}

Napi::Value JsEngine::profile(const Napi::CallbackInfo& info) {
  Engine& engine = idle(info.Env());
  std::vector<double> times;
  const bool on = info[0].ToBoolean();
  on_thread(info.Env(), [&] { times = engine.profile(on); });
  auto result = Napi::Float64Array::New(info.Env(), times.size());
  std::copy(times.begin(), times.end(), result.Data());
  return result;
}

Napi::Value JsEngine::threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), idle(info.Env()).threads());
}

}  // namespace siamese
