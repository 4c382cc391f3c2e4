// NativeEngine: how it is made, runs and ends.
#include <random>

#include "cuda_plugin.h"
#include "js_engine.h"

namespace siamese {

namespace {

// What options.device asks for, and the plugin to make it with; empty: the CPU.
std::string read_device(const Napi::Object& given, EngineOptions& options) {
  if (!given.Get("device").IsObject()) return {};
  const auto device = given.Get("device").As<Napi::Object>();
  if (device.Get("type").ToString().Utf8Value() != "cuda") return {};
  using Precision = EngineOptions::Precision;
  if (device.Get("gpu").IsNumber()) options.gpu = device.Get("gpu").ToNumber().Int32Value();
  const std::string precision = device.Get("precision").IsString() ? device.Get("precision").ToString().Utf8Value() : "fp32";
  options.precision = precision == "tf32" ? Precision::kTf32 : precision == "bf16" ? Precision::kBf16 : Precision::kFp32;
  options.fast = device.Get("fast").ToBoolean();
  if (given.Get("algorithmCache").IsString()) options.algorithm_cache = given.Get("algorithmCache").ToString().Utf8Value();
  return given.Get("plugin").ToString();
}

EngineOptions read_options(const Napi::Value& value, std::string& plugin) {
  EngineOptions options;
  double seed = -1;
  if (value.IsObject()) {
    const auto given = value.As<Napi::Object>();
    if (given.Get("threads").IsNumber()) options.threads = given.Get("threads").ToNumber().Int32Value();
    if (given.Get("seed").IsNumber()) seed = given.Get("seed").ToNumber().DoubleValue();
    plugin = read_device(given, options);
  }
  options.seed = seed < 0 ? std::random_device()() : static_cast<uint64_t>(seed);
  return options;
}

}  // namespace

Napi::Function JsEngine::define(Napi::Env env) {
  return DefineClass(env, "NativeEngine",
                     {InstanceMethod("run", &JsEngine::run), InstanceMethod("setRecords", &JsEngine::set_records),
                      InstanceMethod("setMean", &JsEngine::set_mean), InstanceMethod("count", &JsEngine::count),
                      InstanceMethod("read", &JsEngine::read),
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
  std::string plugin;
  const EngineOptions options = read_options(info[1], plugin);
  Plan plan = translated(env, [&] { return read_plan(info[0].As<Napi::Object>()); });
  thread_ = std::make_unique<EngineThread>();
  on_thread(env, [&] {
    engine_ = plugin.empty() ? make_cpu_engine(std::move(plan), options)
                             : load_cuda_plugin(plugin).make_engine(std::move(plan), options);
  });
  const std::vector<PlanLayer>& layers = engine_->plan().layers;
  for (size_t i = 0; i < layers.size(); ++i) layers_.emplace(layers[i].name, i);
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

void init_engine(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(JsEngine::define(env)));
  exports["createEngine"] = Napi::Function::New(env, [constructor](const Napi::CallbackInfo& info) -> Napi::Value {
    return constructor->New({info[0], info[1]});
  });
}

}  // namespace siamese
