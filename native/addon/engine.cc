// NativeEngine of src/engine/native.ts: an Engine on its own thread, one call at a time.
#include <map>
#include <optional>

#include "addon.h"
#include "engine/engine_thread.h"
#include "errors.h"
#include "requests.h"

namespace siamese {

namespace {

class JsEngine final : public Napi::ObjectWrap<JsEngine> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit JsEngine(const Napi::CallbackInfo& info);
  ~JsEngine() override { close(); }

 private:
  struct Job {
    explicit Job(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}
    Napi::Promise::Deferred deferred;
    Kept kept;
    RunRequest request;
    RunResult result;
    std::exception_ptr error;
  };

  Napi::Value run(const Napi::CallbackInfo& info);
  void finish(Napi::Env env);
  void set_records(const Napi::CallbackInfo& info);
  void set_mean(const Napi::CallbackInfo& info);
  void read(const Napi::CallbackInfo& info);
  void write(const Napi::CallbackInfo& info);
  void read_param(const Napi::CallbackInfo& info);
  void write_param(const Napi::CallbackInfo& info);
  void read_arena(const Napi::CallbackInfo& info);
  void write_arena(const Napi::CallbackInfo& info);
  Napi::Value read_state(const Napi::CallbackInfo& info);
  void write_state(const Napi::CallbackInfo& info);
  Napi::Value profile(const Napi::CallbackInfo& info);
  Napi::Value threads(const Napi::CallbackInfo& info);
  void interrupt(const Napi::CallbackInfo&) {
    if (engine_) engine_->interrupt();
  }
  void dispose(const Napi::CallbackInfo&) { close(); }

  void access_blob(const Napi::CallbackInfo& info, bool writing);
  void access_param(const Napi::CallbackInfo& info, bool writing);
  void access_arena(const Napi::CallbackInfo& info, bool writing);

  // The engine, if it is there and idle; else a JS exception.
  Engine& idle(Napi::Env env) const;
  size_t feed_index(const Napi::CallbackInfo& info) const;
  size_t layer_index(const Napi::CallbackInfo& info) const;
  void on_thread(Napi::Env env, const std::function<void()>& job) {
    translated(env, [&] { thread_->call(job); });
  }
  void close();
  static void close_at_exit(void* self) { static_cast<JsEngine*>(self)->close(); }

  std::unique_ptr<EngineThread> thread_;
  std::unique_ptr<Engine> engine_;
  Napi::ThreadSafeFunction done_;
  std::optional<Job> job_;  // while busy
  std::map<std::string, size_t> layers_;
  std::vector<Kept> resident_;
  napi_env env_;
};

Napi::Function JsEngine::define(Napi::Env env) {
  return DefineClass(env, "NativeEngine",
                     {InstanceMethod("run", &JsEngine::run), InstanceMethod("setRecords", &JsEngine::set_records),
                      InstanceMethod("setMean", &JsEngine::set_mean), InstanceMethod("read", &JsEngine::read),
                      InstanceMethod("write", &JsEngine::write), InstanceMethod("readParam", &JsEngine::read_param),
                      InstanceMethod("writeParam", &JsEngine::write_param),
                      InstanceMethod("readArena", &JsEngine::read_arena),
                      InstanceMethod("writeArena", &JsEngine::write_arena),
                      InstanceMethod("readState", &JsEngine::read_state),
                      InstanceMethod("writeState", &JsEngine::write_state),
                      InstanceMethod("profile", &JsEngine::profile), InstanceMethod("threads", &JsEngine::threads),
                      InstanceMethod("interrupt", &JsEngine::interrupt),
                      InstanceMethod("dispose", &JsEngine::dispose)});
}

JsEngine::JsEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsEngine>(info), env_(info.Env()) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject()) throw Napi::TypeError::New(env, "createEngine: the plan is no object");
  EngineOptions options;
  if (info[1].IsObject()) {
    const auto given = info[1].As<Napi::Object>();
    if (given.Get("threads").IsNumber()) options.threads = given.Get("threads").ToNumber().Int32Value();
    if (given.Get("seed").IsNumber()) options.seed = static_cast<uint64_t>(given.Get("seed").ToNumber().Int64Value());
  }
  Plan plan = translated(env, [&] { return read_plan(info[0].As<Napi::Object>()); });
  thread_ = std::make_unique<EngineThread>();
  on_thread(env, [&] { engine_ = make_cpu_engine(std::move(plan), options); });
  for (const PlanLayer& layer : engine_->plan().layers) layers_.emplace(layer.name, layers_.size());
  resident_.resize(engine_->plan().feeds.size());
  done_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "siamese engine", 0, 1);
  done_.Unref(env);
  napi_add_env_cleanup_hook(env, close_at_exit, this);
}

void JsEngine::close() {
  if (!thread_) return;
  napi_remove_env_cleanup_hook(env_, close_at_exit, this);
  if (engine_) engine_->interrupt();
  thread_->post([this] { engine_.reset(); });
  thread_.reset();  // waits for the iteration in progress; its promise settles as after an interrupt
  if (done_) done_.Release();
  resident_.clear();
}

Engine& JsEngine::idle(Napi::Env env) const {
  const auto fail = [env](const char* message, const char* code) {
    Napi::Error error = Napi::Error::New(env, message);
    error.Set("code", Napi::String::New(env, code));
    return error;
  };
  if (!thread_) throw fail("the engine is disposed", "internal");
  if (job_) throw fail("the engine is busy", "internal");
  return *engine_;
}

Napi::Value JsEngine::run(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  try {
    Engine& engine = idle(env);
    if (!info[0].IsObject()) throw Napi::TypeError::New(env, "run: the request is no object");
    Job job(env);
    job.request = read_request(info[0].As<Napi::Object>(), engine, job.kept);
    job_.emplace(std::move(job));
  } catch (const Napi::Error& error) {
    const auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Reject(error.Value());
    return deferred.Promise();
  }
  Ref();  // neither this object nor the process goes away before the promise settles
  done_.Ref(env);
  engine_->arm();
  thread_->post([this] {
    try {
      job_->result = engine_->run(job_->request);
    } catch (...) {
      job_->error = std::current_exception();
    }
    done_.NonBlockingCall([this](Napi::Env js, Napi::Function) { finish(js); });
  });
  return job_->deferred.Promise();
}

void JsEngine::finish(Napi::Env env) {
  Job job = std::move(*job_);
  job_.reset();
  if (thread_) done_.Unref(env);
  if (job.error) {
    job.deferred.Reject(js_error(env, job.error).Value());
  } else {
    auto result = Napi::Object::New(env);
    result["done"] = Napi::Number::New(env, static_cast<double>(job.result.done));
    result["computeMs"] = Napi::Number::New(env, job.result.compute_ms);
    job.deferred.Resolve(result);
  }
  Unref();
}

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

void JsEngine::access_blob(const Napi::CallbackInfo& info, bool writing) {
  Engine& engine = idle(info.Env());
  const std::string name = info[0].ToString(), kind = info[1].ToString();
  const PlanBlob* const found = find_blob(engine.plan(), name);
  if (!found) throw Napi::Error::New(info.Env(), "there is no blob " + name);
  const PlanBlob& blob = *found;
  if (!blob.kept) throw Napi::Error::New(info.Env(), "blob " + name + " is not kept by this plan");
  if (kind != "data" && kind != "diff") throw Napi::TypeError::New(info.Env(), "blobs have data and diff, not " + kind);
  const TensorId id = kind == "diff" ? blob.tensors.diff : blob.tensors.data;
  if (id < 0) throw Napi::Error::New(info.Env(), "blob " + name + " has no diff in this plan");
  Napi::Float32Array array = floats(info[2], "the array");
  check_count(array, element_count(engine.plan().tensors[static_cast<size_t>(id)]), "blob " + name);
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

}  // namespace

void init_engine(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(JsEngine::define(env)));
  exports["createEngine"] = Napi::Function::New(env, [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
    return constructor->New({info[0], info[1]});
  });
}

}  // namespace siamese
