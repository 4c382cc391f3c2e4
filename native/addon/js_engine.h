// NativeEngine of src/engine/native.ts: an Engine on its own thread, one call at a time. What each call means is said there.
#pragma once
#include <map>
#include <optional>

#include "addon.h"
#include "engine/engine_thread.h"
#include "errors.h"
#include "requests.h"

namespace siamese {

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
  Napi::Value count(const Napi::CallbackInfo& info);
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

  TensorId blob_tensor(const Napi::CallbackInfo& info) const;
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

}  // namespace siamese
