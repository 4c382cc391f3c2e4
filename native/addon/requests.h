// RunRequest and RecordSet from JS: pointers into typed arrays, and the arrays themselves, to be kept alive meanwhile.
#pragma once
#include <napi.h>

#include <vector>

#include "engine/engine.h"

namespace siamese {

// Typed arrays that must not be collected while the engine reads or writes them.
class Kept {
 public:
  void add(const Napi::Value& array) { references_.push_back(Napi::Persistent(array.As<Napi::Object>())); }

 private:
  std::vector<Napi::ObjectReference> references_;
};

Records read_records(const Napi::Object& records, Kept& kept);

// Checks every length against the engine's plan.
RunRequest read_request(const Napi::Object& request, const Engine& engine, Kept& kept);

}  // namespace siamese
