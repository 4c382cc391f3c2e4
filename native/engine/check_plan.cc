// Refuses a plan that points outside of itself: after this check the engine trusts every index and offset.
#include <stdexcept>

#include "plan.h"
#include "tensor.h"

namespace siamese {

namespace {

constexpr int64_t kMaxFloats = int64_t{1} << 40;  // 4 TB: beyond any machine, and products stay far from overflow

[[noreturn]] void fail(const std::string& what) { throw std::invalid_argument("plan: " + what); }

void check(bool good, const std::string& what) {
  if (!good) fail(what);
}

int64_t product(const std::vector<int64_t>& shape, size_t from, size_t to) {
  int64_t n = 1;
  for (size_t axis = from; axis < to; ++axis) n *= shape[axis];
  return n;
}

void check_tensor(const Plan& plan, size_t id) {
  const PlanTensor& t = plan.tensors[id];
  const std::string what = "tensor " + std::to_string(id);
  check(t.shape.size() <= Shape::kMaxAxes, what + " has more than " + std::to_string(Shape::kMaxAxes) + " axes");
  double count = 1;
  for (int64_t dim : t.shape) {
    check(dim >= 0 && dim < kMaxFloats, what + " has an impossible shape");
    count *= dim > 0 ? static_cast<double>(dim) : 1;
  }
  check(count < static_cast<double>(kMaxFloats), what + " is too large");
  check(t.split >= 0 && t.split <= static_cast<int64_t>(t.shape.size()), what + " has an impossible split");
  const size_t split = static_cast<size_t>(t.split);
  const int64_t rows = product(t.shape, split, t.shape.size()), cols = product(t.shape, 0, split);
  check(t.pitch < kMaxFloats && t.step >= 1 && t.step < kMaxFloats, what + " has an impossible pitch");
  check(t.step == 1 ? t.pitch >= cols : t.pitch == 1 && t.step >= rows, what + " has a pitch below its cols");
  const int64_t size = t.arena == PlanTensor::Arena::kActivation ? plan.activation_size : plan.param_size;
  check(t.items >= -1 && t.items < static_cast<int64_t>(plan.layers.size()) && (t.items < 0 || !t.shape.empty()),
        what + " has its items counted by no layer");
  check(t.offset >= 0 && t.offset <= size, what + " begins outside of its arena");
  if (rows == 0 || cols == 0) return;
  const double last = static_cast<double>(rows - 1) * static_cast<double>(t.pitch) +
                      static_cast<double>(cols - 1) * static_cast<double>(t.step);
  check(last < static_cast<double>(size - t.offset), what + " ends outside of its arena");
}

// A blob that a Relayout copied may have its data and its diff in different layouts; a layer sees both alike.
void check_pair(const Plan& plan, const PlanPair& pair, const std::string& what, bool alike = true) {
  const int64_t n = static_cast<int64_t>(plan.tensors.size());
  check(pair.data >= 0 && pair.data < n, what + ": no such data tensor");
  check(pair.diff >= -1 && pair.diff < n, what + ": no such diff tensor");
  if (pair.diff >= 0) {
    const PlanTensor& data = plan.tensors[static_cast<size_t>(pair.data)];
    const PlanTensor& diff = plan.tensors[static_cast<size_t>(pair.diff)];
    check(diff.shape == data.shape && (diff.split == data.split || !alike),
          what + ": data and diff differ in shape or split");
  }
}

void check_param(const Plan& plan, const PlanPair& pair, const std::string& what) {
  check_pair(plan, pair, what);
  const PlanTensor& data = plan.tensors[static_cast<size_t>(pair.data)];
  check(data.arena == PlanTensor::Arena::kParam, what + ": its data are not in the param arena");
  if (pair.diff < 0) return;
  const PlanTensor& diff = plan.tensors[static_cast<size_t>(pair.diff)];
  check(diff.arena == PlanTensor::Arena::kGradient, what + ": its diff is not in the gradient arena");
  check(diff.offset == data.offset && diff.split == data.split && diff.pitch == data.pitch,
        what + ": data and diff lie differently");
}

void check_layer(const Plan& plan, const PlanLayer& layer) {
  const std::string what = "layer " + layer.name;
  for (const PlanPair& pair : layer.bottoms) check_pair(plan, pair, what + ", bottom");
  for (const PlanPair& pair : layer.tops) check_pair(plan, pair, what + ", top");
  for (const PlanPair& pair : layer.params) check_param(plan, pair, what + ", param");
}

void check_schedule(const Plan& plan, const std::vector<int64_t>& steps, const char* name) {
  for (int64_t step : steps) {
    check(step >= 0 && step < static_cast<int64_t>(plan.layers.size()), std::string(name) + " names no layer");
  }
}

void check_solver(const Plan& plan) {
  check(plan.solver.iter_size >= 1 && plan.solver.iter_size < (1 << 30), "iter_size must be at least 1");
  for (const PlanParam& param : plan.params) {
    check(!param.learnable || param.tensors.diff >= 0, "learnable param " + param.name + " has no diff");
  }
}

}  // namespace

const PlanBlob* find_blob(const Plan& plan, const std::string& name) {
  for (const PlanBlob& blob : plan.blobs) {
    if (blob.name == name) return &blob;
  }
  return nullptr;
}

void check_plan(const Plan& plan) {
  check(plan.activation_size >= 0 && plan.activation_size < kMaxFloats, "impossible activation size");
  check(plan.param_size >= 0 && plan.param_size < kMaxFloats, "impossible param size");
  for (size_t id = 0; id < plan.tensors.size(); ++id) check_tensor(plan, id);
  for (const PlanBlob& blob : plan.blobs) check_pair(plan, blob.tensors, "blob " + blob.name, false);
  for (const PlanParam& param : plan.params) check_param(plan, param.tensors, "param " + param.name);
  for (const PlanLayer& layer : plan.layers) check_layer(plan, layer);
  check_schedule(plan, plan.forward, "forward");
  check_schedule(plan, plan.backward, "backward");
  for (const PlanFeed& feed : plan.feeds) {
    check(feed.layer >= 0 && feed.layer < static_cast<int64_t>(plan.layers.size()), "feed " + feed.name + " has no layer");
    check(feed.records_per_pass >= 0 && feed.records_per_pass < (1 << 30), "feed " + feed.name + ": impossible batch");
  }
  for (const PlanLoss& loss : plan.losses) check_pair(plan, loss.tensors, "loss");
  for (const std::string& name : plan.outputs) check(find_blob(plan, name) != nullptr, "output " + name + " is no blob");
  if (plan.has_solver) check_solver(plan);
}

}  // namespace siamese
