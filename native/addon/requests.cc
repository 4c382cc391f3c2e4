// RunRequest and RecordSet from JS.
#include "requests.h"

#include "addon.h"

namespace siamese {

namespace {

int64_t integer(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is no number");
  return value.As<Napi::Number>().Int64Value();
}

void check_length(const Napi::TypedArray& array, int64_t length, const char* name) {
  if (static_cast<int64_t>(array.ElementLength()) != length) {
    throw Napi::RangeError::New(array.Env(), std::string(name) + " has " + std::to_string(array.ElementLength()) +
                                                 " elements, not " + std::to_string(length));
  }
}

RunRequest::Mode mode(const Napi::Object& request) {
  const std::string name = request.Get("mode").ToString();
  if (name == "train") return RunRequest::Mode::kTrain;
  if (name == "forward") return RunRequest::Mode::kForward;
  if (name == "forward-backward") return RunRequest::Mode::kForwardBackward;
  throw Napi::TypeError::New(request.Env(), "run: unknown mode " + name);
}

float* optional_floats(const Napi::Object& request, const char* name, int64_t length, Kept& kept) {
  const Napi::Value value = request.Get(name);
  if (value.IsUndefined()) return nullptr;
  Napi::Float32Array array = floats(value, name);
  check_length(array, length, name);
  kept.add(array);
  return array.Data();
}

// Affine maps, or those with bends: which, their number says.
void read_warps(const Napi::Object& object, int64_t images, FeedChunk& chunk, Kept& kept) {
  if (object.Get("warps").IsUndefined()) return;
  const int64_t length = static_cast<int64_t>(floats(object.Get("warps"), "warps").ElementLength());
  chunk.warp_size = length == kBentWarpSize * images ? kBentWarpSize : kMapSize;
  chunk.warps = optional_floats(object, "warps", chunk.warp_size * images, kept);
}

FeedChunk read_chunk(const Napi::Object& object, int64_t images, Kept& kept) {
  FeedChunk chunk;
  Napi::Int32Array order = ints(object.Get("order"), "order");
  check_length(order, images, "order");
  kept.add(order);
  chunk.order = order.Data();
  if (!object.Get("crops").IsUndefined()) {
    Napi::Int32Array crops = ints(object.Get("crops"), "crops");
    check_length(crops, 3 * images, "crops");
    kept.add(crops);
    chunk.crops = crops.Data();
  }
  read_warps(object, images, chunk, kept);
  chunk.label_shifts = optional_floats(object, "labelShifts", images, kept);
  if (!object.Get("records").IsUndefined()) {
    chunk.own_records = true;
    chunk.records = read_records(object.Get("records").As<Napi::Object>(), kept);
  }
  return chunk;
}

}  // namespace

Records read_records(const Napi::Object& object, Kept& kept) {
  if (!object.IsObject()) throw Napi::TypeError::New(object.Env(), "records are no object");
  Records records;
  records.count = integer(object, "count");
  records.channels = integer(object, "channels");
  records.height = integer(object, "height");
  records.width = integer(object, "width");
  constexpr int64_t kMost = int64_t{1} << 31;
  for (int64_t n : {records.count, records.channels, records.height, records.width}) {
    if (n < 0 || n >= kMost) throw Napi::RangeError::New(object.Env(), "records: an impossible size");
  }
  if (records.channels * records.height >= kMost) throw Napi::RangeError::New(object.Env(), "records: an impossible size");
  const double total = static_cast<double>(records.size()) * static_cast<double>(records.count);
  if (total > 1e15) throw Napi::RangeError::New(object.Env(), "records: an impossible size");
  Napi::Float32Array labels = floats(object.Get("labels"), "labels");
  check_length(labels, records.count, "labels");
  kept.add(labels);
  records.labels = labels.Data();
  if (object.Get("bytes").IsUndefined()) {
    Napi::Float32Array values = floats(object.Get("floats"), "floats");
    check_length(values, records.count * records.size(), "floats");
    kept.add(values);
    records.floats = values.Data();
  } else {
    const Napi::Value value = object.Get("bytes");
    Napi::Uint8Array bytes = typed_array<Napi::Uint8Array>(value, napi_uint8_array, "bytes");
    check_length(bytes, records.count * records.size(), "bytes");
    kept.add(bytes);
    records.bytes = bytes.Data();
  }
  return records;
}

RunRequest read_request(const Napi::Object& object, const Engine& engine, Kept& kept) {
  const Plan& plan = engine.plan();
  RunRequest request;
  request.mode = mode(object);
  const bool train = request.mode == RunRequest::Mode::kTrain;
  request.count = integer(object, "count");
  if (request.count < 0 || request.count > (1 << 30)) throw Napi::RangeError::New(object.Env(), "run: impossible count");
  if (!object.Get("firstIteration").IsUndefined()) request.first_iteration = integer(object, "firstIteration");
  request.rates = optional_floats(object, "rates", request.count, kept);
  request.losses = optional_floats(object, "losses", request.count, kept);
  request.outputs = optional_floats(object, "outputs", request.count * engine.output_count(), kept);
  const Napi::Value feeds = object.Get("feeds");
  if (!feeds.IsArray() || feeds.As<Napi::Array>().Length() != plan.feeds.size()) {
    throw Napi::TypeError::New(object.Env(), "run: feeds must hold one chunk per feed of the plan");
  }
  const int64_t passes = request.count * (train && plan.has_solver ? plan.solver.iter_size : 1);
  for (uint32_t f = 0; f < plan.feeds.size(); ++f) {
    const Napi::Value chunk = feeds.As<Napi::Array>().Get(f);
    if (!chunk.IsObject()) throw Napi::TypeError::New(object.Env(), "run: a feed is no object");
    request.feeds.push_back(read_chunk(chunk.As<Napi::Object>(), passes * plan.feeds[f].records_per_pass, kept));
  }
  return request;
}

}  // namespace siamese
