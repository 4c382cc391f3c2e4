// The GPU's table of layers: every line of layers.def by name.
#include "cuda/on_cuda.h"
#include "engine/layer.h"

namespace siamese {

#define SIAMESE_LAYER(Type) std::unique_ptr<Layer<OnCuda>> make_cuda_##Type(LayerArguments arguments);
#include "layers/layers.def"
#undef SIAMESE_LAYER

template <>
const std::map<std::string, LayerFactory<OnCuda>>& layer_table<OnCuda>() {
  static const std::map<std::string, LayerFactory<OnCuda>> table = {
#define SIAMESE_LAYER(Type) {#Type, make_cuda_##Type},
#include "layers/layers.def"
#undef SIAMESE_LAYER
  };
  return table;
}

}  // namespace siamese
