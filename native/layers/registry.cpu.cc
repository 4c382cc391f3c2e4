// The CPU's table of layers: every line of layers.def by name.
#include "cpu/on_cpu.h"
#include "engine/layer.h"

namespace siamese {

#define SIAMESE_LAYER(Type) std::unique_ptr<Layer<OnCpu>> make_##Type(LayerArguments arguments);
#include "layers/layers.def"
#undef SIAMESE_LAYER

template <>
const std::map<std::string, LayerFactory<OnCpu>>& layer_table<OnCpu>() {
  static const std::map<std::string, LayerFactory<OnCpu>> table = {
#define SIAMESE_LAYER(Type) {#Type, make_##Type},
#include "layers/layers.def"
#undef SIAMESE_LAYER
  };
  return table;
}

}  // namespace siamese
