// The engine over a backend: arenas, layers, feeds, and all access between runs. The loops over iterations are derived
// from it: run_loop.h, driven by the host, and cuda/engine.h, played by a GPU.
#pragma once
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../solvers/rules.h"
#include "engine.h"
#include "layer.h"
#include "tensors.h"

namespace siamese {

template <class On>
class EngineOn : public Engine {
 public:
  EngineOn(Plan plan, On on, uint64_t seed);

  void set_records(size_t feed, const Records& records) override;
  void set_mean(size_t feed, std::vector<float> mean) override;
  int64_t count(TensorId tensor) const override { return tensors_[tensor].count(); }
  void read(TensorId tensor, float* floats) override { on_.read(tensors_[tensor], floats); }
  void write(TensorId tensor, const float* floats) override { on_.write(tensors_[tensor], floats); }
  void read_history(size_t param, int64_t slot, float* floats) override { on_.read(history_of(param, slot), floats); }
  void write_history(size_t param, int64_t slot, const float* floats) override {
    on_.write(history_of(param, slot), floats);
  }
  int64_t arena_size(ArenaName arena) const override { return const_cast<EngineOn*>(this)->arena(arena).size(); }
  void read_arena(ArenaName name, float* floats) override {
    on_.copy_to_host(arena(name).data(), floats, arena(name).size());
  }
  void write_arena(ArenaName name, const float* floats) override {
    on_.copy_from_host(arena(name).data(), floats, arena(name).size());
  }
  std::vector<uint8_t> read_state(size_t layer) override { return layers_.at(layer)->state(on_); }
  void write_state(size_t layer, const std::vector<uint8_t>& state) override { layers_.at(layer)->set_state(on_, state); }
  std::vector<double> profile(bool on) override;
  const Plan& plan() const override { return plan_; }
  int threads() const override { return on_.threads(); }
  int64_t output_count() const override { return output_count_; }

 protected:
  using Memory = typename On::Memory;
  using Clock = std::chrono::steady_clock;
  struct FedBy {
    FedLayer* layer;
    Records records;
    std::vector<float> mean;
  };

  void check_request(const RunRequest& request) const;
  // Forward or backward of one layer; what it throws becomes a LayerError.
  void run_layer(int64_t index, bool backward);
  bool trains() const { return plan_.has_solver; }

  const Plan plan_;
  On on_;
  Memory activations_, params_, gradients_, history_;
  Tensors tensors_;
  const uint64_t seed_;
  std::vector<std::unique_ptr<Layer<On>>> layers_;
  // Of layers behind a Filter: which layers say how many items there are, and how many the layer was made for.
  struct Counted {
    int64_t by, made_for;
  };
  std::vector<std::vector<Counted>> counted_;
  std::vector<FedBy> feeds_;
  std::vector<TensorId> outputs_;
  int64_t output_count_ = 0;
  bool profiling_ = false;
  std::vector<double> nanoseconds_;

 private:
  void make_layers();
  std::unique_ptr<Layer<On>> make_layer(size_t index) const;
  bool follow_items(size_t index, bool backward);
  void make_feeds();
  Memory& arena(ArenaName name) {
    return name == ArenaName::kParam ? params_ : name == ArenaName::kGradient ? gradients_ : history_;
  }
  Tensor history_of(size_t param, int64_t slot) {
    Tensor tensor = tensors_[plan_.params.at(param).tensors.data];
    tensor.data = history_.data() + slot * plan_.param_size + (tensor.data - params_.data());
    return tensor;
  }
};

template <class On>
EngineOn<On>::EngineOn(Plan plan, On on, uint64_t seed)
    : plan_((check_plan(plan), std::move(plan))),
      on_(std::move(on)),
      activations_(plan_.activation_size),
      params_(plan_.param_size),
      gradients_(plan_.param_size),
      history_(plan_.has_solver ? plan_.param_size * history_slots(plan_.solver) : 0),
      tensors_(plan_, {activations_.data(), params_.data(), gradients_.data()}),
      seed_(seed),
      nanoseconds_(2 * plan_.layers.size()) {
  make_layers();
  make_feeds();
  for (const std::string& name : plan_.outputs) {
    outputs_.push_back(find_blob(plan_, name)->tensors.data);
    output_count_ += tensors_.whole(outputs_.back()).count();
  }
}

template <class On>
std::unique_ptr<Layer<On>> EngineOn<On>::make_layer(size_t i) const {
  const PlanLayer& layer = plan_.layers[i];
  const auto& table = layer_table<On>();
  const auto found = table.find(layer.type);
  if (found == table.end()) throw std::invalid_argument("there is no native layer of type " + layer.type);
  // An odd multiplier spreads the seeds: layer i's generator is not layer i + 1's, one draw later.
  const uint64_t own_seed = (seed_ + i + 1) * 0x9E3779B97F4A7C15u;
  // What says how many items there are has room for all.
  const bool counts = std::any_of(layer.tops.begin(), layer.tops.end(), [&](const PlanPair& top) {
    return plan_.tensors[static_cast<size_t>(top.data)].items == static_cast<int64_t>(i);
  });
  return found->second(LayerArguments{layer.name, layer.type, plan_.train, own_seed, tensors_[layer.bottoms],
                                      counts ? tensors_.whole(layer.tops) : tensors_[layer.tops],
                                      tensors_[layer.params], layer.attributes});
}

template <class On>
void EngineOn<On>::make_layers() {
  int64_t scratch = 0;
  for (size_t i = 0; i < plan_.layers.size(); ++i) {
    std::set<int64_t> counts;
    for (const auto* pairs : {&plan_.layers[i].bottoms, &plan_.layers[i].tops}) {
      for (const PlanPair& pair : *pairs) counts.insert(plan_.tensors[static_cast<size_t>(pair.data)].items);
    }
    counted_.emplace_back();
    for (int64_t by : counts) {
      if (by >= 0 && by != static_cast<int64_t>(i)) counted_.back().push_back({by, -1});
    }
    try {
      layers_.push_back(make_layer(i));
      scratch = std::max(scratch, layers_.back()->scratch());
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const DeviceError& error) {
      throw LayerError(static_cast<int64_t>(i), error.what(), LayerError::Fault::kDevice);
    } catch (const std::exception& error) {
      throw LayerError(static_cast<int64_t>(i), error.what(), LayerError::Fault::kProgram);
    }
  }
  on_.reserve_scratch(scratch);
}

template <class On>
void EngineOn<On>::make_feeds() {
  for (const PlanFeed& feed : plan_.feeds) {
    auto* layer = dynamic_cast<FedLayer*>(layers_[static_cast<size_t>(feed.layer)].get());
    if (layer == nullptr) throw LayerError(feed.layer, "this layer takes no feed", LayerError::Fault::kProgram);
    if (feed.records_per_pass != layer->records_per_pass()) {
      throw LayerError(feed.layer, "the feed's recordsPerPass is not what the layer takes",
                       LayerError::Fault::kProgram);
    }
    feeds_.push_back({layer, {}, {}});
  }
}

template <class On>
void EngineOn<On>::run_layer(int64_t index, bool backward) {
  const size_t i = static_cast<size_t>(index);
  const auto start = profiling_ ? Clock::now() : Clock::time_point();
  try {
    if (!counted_[i].empty() && !follow_items(i, backward)) return;
    if (backward) {
      layers_[i]->backward(on_);
    } else {
      layers_[i]->forward(on_);
      const int64_t items = layers_[i]->passed();
      if (items >= 0) tensors_.set_items(index, items);
    }
  } catch (const DeviceError& error) {
    throw LayerError(index, error.what(), LayerError::Fault::kDevice);
  } catch (const std::domain_error& error) {
    throw LayerError(index, error.what(), LayerError::Fault::kData);
  } catch (const std::runtime_error& error) {
    throw LayerError(index, error.what(), LayerError::Fault::kData);
  } catch (const std::exception& error) {
    throw LayerError(index, error.what(), LayerError::Fault::kProgram);
  }
  if (profiling_) {
    on_.finish();
    nanoseconds_[i + (backward ? layers_.size() : 0)] +=
        std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }
}

// A layer behind a Filter is made anew when another number of items comes through; false where none does. Then what it
// makes that has a size all the same is 0.
template <class On>
bool EngineOn<On>::follow_items(size_t i, bool backward) {
  bool same = true, none = false;
  for (Counted& counted : counted_[i]) {
    const int64_t items = tensors_.items(counted.by);
    same = same && items == counted.made_for;
    none = none || items == 0;
    counted.made_for = items;
  }
  const PlanLayer& layer = plan_.layers[i];
  if (none) {
    for (Counted& counted : counted_[i]) counted.made_for = -1;
    if (!backward && layers_[i]->passed() >= 0) tensors_.set_items(static_cast<int64_t>(i), 0);
    for (const PlanPair& pair : backward ? layer.bottoms : layer.tops) {
      const Tensor idle = tensors_[backward ? pair.diff : pair.data];
      if (idle && idle.count() > 0) on_.fill(idle, 0);
    }
    return false;
  }
  if (same) return true;
  std::unique_ptr<Layer<On>> made = make_layer(i);
  const std::vector<uint8_t> state = layers_[i]->state(on_);
  if (!state.empty()) made->set_state(on_, state);
  on_.reserve_scratch(made->scratch());
  layers_[i] = std::move(made);
  return true;
}

template <class On>
void EngineOn<On>::check_request(const RunRequest& request) const {
  if (request.count < 0) throw std::invalid_argument("run: a negative count");
  if (request.mode == RunRequest::Mode::kTrain) {
    if (!trains()) throw std::invalid_argument("run: this plan has no solver");
    if (!request.rates) throw std::invalid_argument("run: training needs rates");
  }
  if (request.feeds.size() != feeds_.size()) throw std::invalid_argument("run: one feed chunk per feed is needed");
  for (size_t f = 0; f < feeds_.size(); ++f) {
    const FeedChunk& chunk = request.feeds[f];
    const Records& records = chunk.own_records ? chunk.records : feeds_[f].records;
    if (chunk.own_records) feeds_[f].layer->check_records(records);
    if (!feeds_[f].mean.empty() && static_cast<int64_t>(feeds_[f].mean.size()) != records.size()) {
      throw std::invalid_argument("run: the mean has another size than the records");
    }
    const int64_t passes = request.count * (request.mode == RunRequest::Mode::kTrain ? plan_.solver.iter_size : 1);
    const int64_t images = passes * plan_.feeds[f].records_per_pass;
    for (int64_t i = 0; i < images; ++i) {
      if (chunk.order[i] < 0 || chunk.order[i] >= records.count) {
        throw std::invalid_argument("run: record " + std::to_string(chunk.order[i]) + " of " +
                                    std::to_string(records.count));
      }
    }
    for (int64_t i = 0; chunk.crops && i < images; ++i) feeds_[f].layer->check_crop(records, chunk.crops + 3 * i);
    for (int64_t i = 0; chunk.warps && i < chunk.warp_size * images; ++i) {
      if (!std::isfinite(chunk.warps[i])) throw std::invalid_argument("run: a warp is not finite");
    }
  }
}

template <class On>
void EngineOn<On>::set_records(size_t feed, const Records& records) {
  feeds_.at(feed).layer->check_records(records);
  feeds_[feed].records = records;
}

template <class On>
void EngineOn<On>::set_mean(size_t feed, std::vector<float> mean) {
  feeds_.at(feed).mean = std::move(mean);
}

template <class On>
std::vector<double> EngineOn<On>::profile(bool on) {
  std::vector<double> since(nanoseconds_.size());
  since.swap(nanoseconds_);
  profiling_ = on;
  return since;
}

}  // namespace siamese
