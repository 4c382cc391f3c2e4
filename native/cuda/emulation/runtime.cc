// The emulated runtime: streams as queues, GPU memory behind a lock of pages, recordings as lists.
//
// SIAMESE_EMULATED_GPUS: how many GPUs there are (1). SIAMESE_EMULATED_MIB: memory of each (1024). SIAMESE_EMULATED_BREAK:
// which recording of the process comes to nothing (none). SIAMESE_EMULATED_RECORDING_MS: how long each takes at least (0).
#include <cuda_runtime.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "gpu_memory.h"

namespace {

constexpr size_t kMostFilled = size_t{4} << 20;  // workspaces are larger, and filling them takes time

std::recursive_mutex mutex;  // engines have threads of their own, the GPU is one

GpuMemory gpu_memory;
std::map<const char*, size_t> pinned;
thread_local cudaError_t last_error = cudaSuccess;

cudaError_t failed(cudaError_t error) { return last_error = error; }

bool is_pinned(const void* memory) {
  auto after = pinned.upper_bound(static_cast<const char*>(memory));
  if (after == pinned.begin()) return false;
  --after;
  return static_cast<const char*>(memory) < after->first + after->second;
}

using Work = std::function<void()>;

}  // namespace

struct EmulatedEvent {
  uint64_t recorded = 0, reached = 0;
  EmulatedStream* stream = nullptr;
};

struct EmulatedGraph {
  std::vector<Work> works;
};

struct EmulatedStream {
  std::deque<Work> works;
  bool records = false, broken = false;
  std::thread::id recorder;
  EmulatedGraph recorded;

  void add(Work work) {
    if (records) {
      recorded.works.push_back(std::move(work));
    } else {
      works.push_back(std::move(work));
    }
  }
  void step() {
    const Work work = std::move(works.front());
    works.pop_front();
    work();
  }
};

namespace {

EmulatedStream default_stream;
thread_local EmulatedStream stream_of_thread;  // whose work is done before it is left, so that it need not be listed
std::set<EmulatedStream*> streams{&default_stream};

EmulatedStream& of(cudaStream_t stream) {
  return stream == cudaStreamPerThread ? stream_of_thread : stream ? *stream : default_stream;
}

void reach(EmulatedEvent* event, uint64_t ticket) {
  while (event->reached < ticket) event->stream->step();
}

void drain(EmulatedStream& stream) {
  gpu_memory.open();
  while (!stream.works.empty()) stream.step();
  gpu_memory.close();
}

// A call that a thread may not make while it records ends the recording; one that waits for the whole GPU ends all of them,
// whichever thread makes it.
bool ends_recordings(bool of_all_threads) {
  bool any = false;
  for (EmulatedStream* stream : streams) {
    if (!stream->records || (!of_all_threads && stream->recorder != std::this_thread::get_id())) continue;
    stream->broken = any = true;
  }
  return any;
}
bool forbidden() { return ends_recordings(false); }

void drain_all() {
  for (EmulatedStream* stream : streams) drain(*stream);
}

}  // namespace

#define LOCKED std::lock_guard<std::recursive_mutex> lock(mutex)

void emulate_kernel(cudaStream_t stream, Work work) {
  LOCKED;
  of(stream).add(std::move(work));
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
    default: return "invalid argument";
  }
}
const char* cudaGetErrorName(cudaError_t error) { return error == cudaSuccess ? "cudaSuccess" : "cudaError"; }
cudaError_t cudaGetLastError() {
  const cudaError_t error = last_error;
  return last_error = cudaSuccess, error;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(from_environment("SIAMESE_EMULATED_GPUS", 1));
  return *count == 0 ? cudaErrorNoDevice : cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"emulated GPU", total_memory(), 0, 0, 1};
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  LOCKED;
  *total = total_memory();
  *free = *total - gpu_memory.used();
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, size_t size) {
  LOCKED;
  if (forbidden()) return failed(cudaErrorStreamCaptureUnsupported);
  *memory = gpu_memory.allocate(size);
  if (!*memory) return failed(cudaErrorMemoryAllocation);
  if (size > kMostFilled) return cudaSuccess;
  gpu_memory.open();
  std::memset(*memory, 0xFF, size);  // NaN: who reads before it writes will notice
  gpu_memory.close();
  return cudaSuccess;
}
// Waits for everything, as CUDA's does.
cudaError_t cudaFree(void* memory) {
  if (!memory) return cudaSuccess;
  LOCKED;
  if (forbidden()) return failed(cudaErrorStreamCaptureUnsupported);
  drain_all();
  return gpu_memory.release(memory) ? cudaSuccess : failed(cudaErrorInvalidValue);
}
cudaError_t cudaMallocHost(void** memory, size_t size) {
  LOCKED;
  if (forbidden()) return failed(cudaErrorStreamCaptureUnsupported);
  *memory = std::malloc(size);
  pinned[static_cast<char*>(*memory)] = size;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  LOCKED;
  drain_all();
  pinned.erase(static_cast<char*>(memory));
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t size, cudaStream_t stream) {
  emulate_kernel(stream, [=] { std::memset(to, value, size); });
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t size, cudaMemcpyKind kind, cudaStream_t stream) {
  LOCKED;
  if (kind == cudaMemcpyHostToDevice && !is_pinned(from)) {
    if (of(stream).records && forbidden()) return failed(cudaErrorStreamCaptureUnsupported);
    // Of memory that is not pinned CUDA takes a copy before the call returns.
    const char* const bytes = static_cast<const char*>(from);
    const std::vector<char> copy(bytes, bytes + size);
    emulate_kernel(stream, [=] { std::memcpy(to, copy.data(), size); });
  } else {
    emulate_kernel(stream, [=] { std::memcpy(to, from, size); });
  }
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  LOCKED;
  if (ends_recordings(true)) return failed(cudaErrorStreamCaptureUnsupported);
  drain_all();
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  LOCKED;
  streams.insert(*stream = new EmulatedStream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  LOCKED;
  drain(*stream);
  streams.erase(stream);
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  LOCKED;
  if (of(stream).records) return forbidden(), failed(cudaErrorStreamCaptureUnsupported);
  drain(of(stream));
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  LOCKED;
  const uint64_t ticket = event->recorded;
  of(stream).add([=] { reach(event, ticket); });
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) { return *event = new EmulatedEvent, cudaSuccess; }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  LOCKED;
  drain_all();
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  LOCKED;
  event->stream = &of(stream);
  const uint64_t ticket = ++event->recorded;
  of(stream).add([=] { event->reached = ticket; });
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  LOCKED;
  gpu_memory.open();
  reach(event, event->recorded);
  gpu_memory.close();
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  {
    LOCKED;
    stream->records = true;
    stream->broken = false;
    stream->recorder = std::this_thread::get_id();
    stream->recorded.works.clear();
  }
  static const size_t ms = from_environment("SIAMESE_EMULATED_RECORDING_MS", 0);
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  LOCKED;
  stream->records = false;
  static const size_t to_break = from_environment("SIAMESE_EMULATED_BREAK", 0);
  static size_t number = 0;
  if (++number == to_break) stream->broken = true;
  *graph = stream->broken ? nullptr : new EmulatedGraph(std::move(stream->recorded));
  return stream->broken ? failed(cudaErrorStreamCaptureInvalidated) : cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* playable, cudaGraph_t graph, unsigned long long) {
  return *playable = new EmulatedGraph(*graph), cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t playable, cudaStream_t stream) {
  LOCKED;
  for (const Work& work : playable->works) of(stream).add(work);
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t playable) { return delete playable, cudaSuccess; }
