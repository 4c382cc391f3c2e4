// How a layer computes, on a backend `On` (cpu/on_cpu.h, cuda/on_cuda.h). One object per plan layer, made once.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "attributes.h"
#include "tensor.h"

namespace siamese {

// What a layer is made from. The tensors stay where they are for the engine's lifetime.
struct LayerArguments {
  std::string name;
  std::string type;
  bool train = false;
  uint64_t seed = 0;  // differs from layer to layer, fixed by the engine's seed
  std::vector<Blob> bottoms;
  std::vector<Blob> tops;
  std::vector<Blob> params;
  Attributes attributes;
};

template <class On>
class Layer {
 public:
  explicit Layer(LayerArguments arguments) : args(std::move(arguments)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // Reads bottoms[].data and params[].data, writes tops[].data.
  virtual void forward(On& on) = 0;
  // Reads tops[].diff (and what it needs of data), WRITES bottoms[].diff where present, ADDS to params[].diff where present.
  virtual void backward(On&) {}
  // Floats of scratch this layer wants; one buffer is shared by all layers of an engine, as large as the largest wish.
  virtual int64_t scratch() const { return 0; }
  // Of a layer whose tops have fewer items than their shapes say (Filter): how many the last forward pass gave them.
  virtual int64_t passed() const { return -1; }
  // What must survive a snapshot beside the parameters (a generator's state).
  virtual std::vector<uint8_t> state(On&) const { return {}; }
  virtual void set_state(On&, const std::vector<uint8_t>&) {}
  // False: a pass does something on the host, so that a GPU cannot record it and play it again.
  virtual bool replayable() const { return true; }

  const Blob& bottom(size_t i) const { return args.bottoms.at(i); }
  const Blob& top(size_t i) const { return args.tops.at(i); }
  const Blob& param(size_t i) const { return args.params.at(i); }

  const LayerArguments args;
};

template <class On>
using LayerFactory = std::function<std::unique_ptr<Layer<On>>(LayerArguments)>;

// The table of contents for a backend, filled from layers/layers.def (see layers/registry.h).
template <class On>
const std::map<std::string, LayerFactory<On>>& layer_table();

}  // namespace siamese
