// The Plan of src/plan/plan.ts from JS objects to C++. A missing or mistyped field is a TypeError that says which.
#include <cmath>

#include "addon.h"

namespace siamese {

namespace {

// An object of the plan with its path, for messages.
class Node {
 public:
  Node(Napi::Value value, std::string path) : value_(value), path_(std::move(path)) {}

  Node operator[](const char* name) const {
    if (!value_.IsObject()) fail("is no object");
    return {value_.As<Napi::Object>().Get(name), path_ + "." + name};
  }
  bool has(const char* name) const {
    return value_.IsObject() && !value_.As<Napi::Object>().Get(name).IsUndefined();
  }

  double number() const {
    if (!value_.IsNumber()) fail("is no number");
    return value_.As<Napi::Number>().DoubleValue();
  }
  int64_t integer() const {
    const double n = number();
    if (n != std::floor(n) || std::abs(n) > 9007199254740991.0) fail("is no integer");
    return static_cast<int64_t>(n);
  }
  bool flag() const {
    if (!value_.IsBoolean()) fail("is no boolean");
    return value_.As<Napi::Boolean>();
  }
  std::string text() const {
    if (!value_.IsString()) fail("is no string");
    return value_.As<Napi::String>();
  }

  // Each element through `read`.
  template <class Read>
  auto list(Read read) const {
    if (!value_.IsArray()) fail("is no array");
    const auto array = value_.As<Napi::Array>();
    std::vector<decltype(read(*this))> result;
    result.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); ++i) {
      Napi::HandleScope scope(value_.Env());
      result.push_back(read(Node(array.Get(i), path_ + "[" + std::to_string(i) + "]")));
    }
    return result;
  }
  std::vector<int64_t> integers() const {
    return list([](const Node& node) { return node.integer(); });
  }

  Attributes attributes() const {
    Attributes result;
    if (!value_.IsObject()) fail("is no object");
    const auto object = value_.As<Napi::Object>();
    const Napi::Array names = object.GetPropertyNames();
    for (uint32_t i = 0; i < names.Length(); ++i) {
      const std::string name = names.Get(i).As<Napi::String>();
      const Node node(object.Get(name), path_ + "." + name);
      if (node.value_.IsUndefined()) continue;
      result.set(name, node.attribute());
    }
    return result;
  }

 private:
  Attributes::Value attribute() const {
    if (value_.IsNumber()) return number();
    if (value_.IsBoolean()) return flag();
    if (value_.IsString()) return text();
    return list([](const Node& node) { return node.number(); });
  }
  [[noreturn]] void fail(const char* what) const { throw Napi::TypeError::New(value_.Env(), path_ + " " + what); }

  Napi::Value value_;
  std::string path_;
};

PlanPair pair(const Node& node) { return {node["data"].integer(), node["diff"].integer()}; }
std::vector<PlanPair> pairs(const Node& node) { return node.list(pair); }

PlanTensor tensor(const Node& node) {
  PlanTensor result;
  const std::string arena = node["arena"].text();
  if (arena == "param") {
    result.arena = PlanTensor::Arena::kParam;
  } else if (arena == "gradient") {
    result.arena = PlanTensor::Arena::kGradient;
  } else if (arena != "activation") {
    throw std::invalid_argument("plan: unknown arena " + arena);
  }
  result.offset = node["offset"].integer();
  result.shape = node["shape"].integers();
  result.split = node["split"].integer();
  result.pitch = node["pitch"].integer();
  if (node.has("step")) result.step = node["step"].integer();
  if (node.has("items")) result.items = node["items"].integer();
  return result;
}

PlanLayer layer(const Node& node) {
  return {node["name"].text(),   node["type"].text(),    pairs(node["bottoms"]),
          pairs(node["tops"]), pairs(node["params"]), node["attributes"].attributes()};
}

PlanParam param(const Node& node) {
  return {node["name"].text(), pair(node), node["learnable"].flag(), node["lr_mult"].number(),
          node["decay_mult"].number()};
}

PlanSolver solver(const Node& node) {
  PlanSolver result;
  result.type = node["type"].text();
  result.momentum = node["momentum"].number();
  result.momentum2 = node["momentum2"].number();
  result.rms_decay = node["rms_decay"].number();
  result.delta = node["delta"].number();
  result.weight_decay = node["weight_decay"].number();
  result.l1 = node["regularization_type"].text() == "L1";
  result.clip_gradients = node["clip_gradients"].number();
  result.iter_size = node["iter_size"].integer();
  return result;
}

}  // namespace

Plan read_plan(const Napi::Object& object) {
  const Node node(object, "plan");
  Plan plan;
  plan.net = node["net"].text();
  plan.train = node["phase"].text() == "TRAIN";
  plan.tensors = node["tensors"].list(tensor);
  plan.blobs = node["blobs"].list(
      [](const Node& blob) { return PlanBlob{blob["name"].text(), pair(blob), blob["kept"].flag()}; });
  plan.params = node["params"].list(param);
  plan.layers = node["layers"].list(layer);
  plan.forward = node["forward"].integers();
  plan.backward = node["backward"].integers();
  plan.feeds = node["feeds"].list([](const Node& feed) {
    return PlanFeed{feed["layer"].integer(), feed["name"].text(), feed["recordsPerPass"].integer()};
  });
  plan.activation_size = node["sizes"]["activation"].integer();
  plan.param_size = node["sizes"]["param"].integer();
  plan.losses = node["losses"].list([](const Node& loss) { return PlanLoss{pair(loss), loss["weight"].number()}; });
  plan.outputs = node["outputs"].list([](const Node& name) { return name.text(); });
  plan.has_solver = node.has("solver");
  if (plan.has_solver) plan.solver = solver(node["solver"]);
  return plan;
}

}  // namespace siamese
