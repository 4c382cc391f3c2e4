// openLmdb and createLmdb for JavaScript; see NativeLmdb and NativeLmdbWriter in src/engine/native.ts.
#include <napi.h>

#include <algorithm>
#include <cstring>

#include "../data/lmdb.h"

namespace siamese {
namespace {

// Errors carry Caffe-side facts in words and one of SiameseError's codes.
Napi::Error coded(Napi::Env env, const std::string& message, const char* code) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

template <class Body>
auto guarded(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const DataError& error) {
    throw coded(env, error.what(), "data");
  } catch (const LmdbWriteError& error) {
    throw coded(env, error.what(), "io");
  } catch (const std::out_of_range& error) {
    throw Napi::RangeError::New(env, error.what());
  } catch (const std::bad_alloc&) {
    throw coded(env, "out of memory", "device");
  }
}

// {bytes, ends}: key and value of each record, one after another, and where each of these ends.
Napi::Value pack(Napi::Env env, const std::vector<LmdbRecord>& records) {
  size_t total = 0;
  for (const LmdbRecord& r : records) total += r.key_size + r.value_size;
  Napi::ArrayBuffer bytes = Napi::ArrayBuffer::New(env, total);
  Napi::Float64Array ends = Napi::Float64Array::New(env, 2 * records.size());
  uint8_t* out = static_cast<uint8_t*>(bytes.Data());
  size_t at = 0, i = 0;
  for (const LmdbRecord& r : records) {
    if (r.key_size) std::memcpy(out + at, r.key, r.key_size);
    ends[i++] = static_cast<double>(at += r.key_size);
    if (r.value_size) std::memcpy(out + at, r.value, r.value_size);
    ends[i++] = static_cast<double>(at += r.value_size);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", Napi::Uint8Array::New(env, total, bytes, 0));
  result.Set("ends", ends);
  return result;
}

class LmdbReaderObject final : public Napi::ObjectWrap<LmdbReaderObject> {
 public:
  explicit LmdbReaderObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const std::string path = info[0].As<Napi::String>();
    guarded(info.Env(), [&] { reader_ = std::make_unique<LmdbReader>(path); });
  }

  static Napi::Function define(Napi::Env env) {
    using This = LmdbReaderObject;
    return DefineClass(env, "Lmdb",
                       {InstanceAccessor<&This::count>("count"), InstanceMethod<&This::read>("read"),
                        InstanceMethod<&This::pick>("pick"), InstanceMethod<&This::labels>("labels"),
                        InstanceMethod<&This::close>("close")});
  }

 private:
  LmdbReader& reader(Napi::Env env) {
    if (!reader_) throw coded(env, "the database is closed", "internal");
    return *reader_;
  }

  Napi::Value count(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(reader(info.Env()).count()));
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    const int64_t from = info[0].As<Napi::Number>().Int64Value(), n = info[1].As<Napi::Number>().Int64Value();
    return guarded(info.Env(), [&] { return pack(info.Env(), reader(info.Env()).read(from, n)); });
  }

  Napi::Value pick(const Napi::CallbackInfo& info) {
    const Napi::Int32Array order = info[0].As<Napi::Int32Array>();
    return guarded(info.Env(), [&] {
      std::vector<LmdbRecord> records;
      records.reserve(order.ElementLength());
      for (size_t i = 0; i < order.ElementLength(); ++i) records.push_back(reader(info.Env()).pick(order[i]));
      return pack(info.Env(), records);
    });
  }

  Napi::Value labels(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const std::vector<float> labels = reader(info.Env()).labels();
      Napi::Float32Array out = Napi::Float32Array::New(info.Env(), labels.size());
      std::copy(labels.begin(), labels.end(), out.Data());
      return out;
    });
  }

  void close(const Napi::CallbackInfo&) { reader_.reset(); }

  std::unique_ptr<LmdbReader> reader_;
};

class LmdbWriterObject final : public Napi::ObjectWrap<LmdbWriterObject> {
 public:
  explicit LmdbWriterObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const std::string folder = info[0].As<Napi::String>();
    guarded(info.Env(), [&] { writer_ = std::make_unique<LmdbWriter>(folder); });
  }

  static Napi::Function define(Napi::Env env) {
    using This = LmdbWriterObject;
    return DefineClass(env, "LmdbWriter",
                       {InstanceMethod<&This::put>("put"), InstanceMethod<&This::commit>("commit"),
                        InstanceMethod<&This::close>("close")});
  }

 private:
  LmdbWriter& writer(Napi::Env env) {
    if (!writer_) throw coded(env, "the database is closed", "internal");
    return *writer_;
  }

  static std::string text(const Napi::Value& value) {
    const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
    return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  }

  void put(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] { writer(info.Env()).put(text(info[0]), text(info[1])); });
  }

  void commit(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] { writer(info.Env()).finish(); });
  }

  void close(const Napi::CallbackInfo&) { writer_.reset(); }

  std::unique_ptr<LmdbWriter> writer_;
};

// The class lives as long as the function that makes objects of it.
template <class Object>
Napi::Function maker(Napi::Env env, const char* name) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Object::define(env)));
  return Napi::Function::New(
      env, [constructor](const Napi::CallbackInfo& info) -> Napi::Value { return constructor->New({info[0]}); }, name);
}

}  // namespace

void register_lmdb(Napi::Env env, Napi::Object exports) {
  exports.Set("openLmdb", maker<LmdbReaderObject>(env, "openLmdb"));
  exports.Set("createLmdb", maker<LmdbWriterObject>(env, "createLmdb"));
}

}  // namespace siamese
