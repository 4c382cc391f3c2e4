// The Plan as C++ sees it: a mirror of src/plan/plan.ts, field by field. Read there what each means.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "attributes.h"

namespace siamese {

using TensorId = int64_t;  // index into Plan::tensors, or -1

struct PlanTensor {
  enum class Arena { kActivation, kParam, kGradient };
  Arena arena = Arena::kActivation;
  int64_t offset = 0;
  std::vector<int64_t> shape;
  int64_t split = 0;
  int64_t pitch = 0;
  int64_t step = 1;
  int64_t items = -1;  // the layer that says how many items of axis 0 there are, at most as many as the shape has
};

struct PlanPair {
  TensorId data = -1;
  TensorId diff = -1;
};

struct PlanBlob {
  std::string name;
  PlanPair tensors;
  bool kept = true;
};

struct PlanParam {
  std::string name;
  PlanPair tensors;
  bool learnable = true;
  double lr_mult = 1;
  double decay_mult = 1;
};

struct PlanLayer {
  std::string name;
  std::string type;
  std::vector<PlanPair> bottoms;
  std::vector<PlanPair> tops;
  std::vector<PlanPair> params;
  Attributes attributes;
};

struct PlanSolver {
  std::string type;
  double momentum = 0;
  double momentum2 = 0;
  double rms_decay = 0;
  double delta = 0;
  double weight_decay = 0;
  bool l1 = false;
  double clip_gradients = -1;
  int64_t iter_size = 1;
};

struct PlanFeed {
  int64_t layer = 0;
  std::string name;
  int64_t records_per_pass = 0;
};

struct PlanLoss {
  PlanPair tensors;
  double weight = 1;
};

struct Plan {
  std::string net;
  bool train = false;
  std::vector<PlanTensor> tensors;
  std::vector<PlanBlob> blobs;
  std::vector<PlanParam> params;
  std::vector<PlanLayer> layers;
  std::vector<int64_t> forward;
  std::vector<int64_t> backward;
  std::vector<PlanFeed> feeds;
  int64_t activation_size = 0;
  int64_t param_size = 0;
  std::vector<PlanLoss> losses;
  std::vector<std::string> outputs;
  bool has_solver = false;
  PlanSolver solver;
};

// Null where there is none of that name.
const PlanBlob* find_blob(const Plan& plan, const std::string& name);

// Throws std::invalid_argument if anything in the plan points outside of it: what passes can be run without a crash.
void check_plan(const Plan& plan);

}  // namespace siamese
