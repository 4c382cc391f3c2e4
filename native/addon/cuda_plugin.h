// libsiamese_cuda.so, loaded when a GPU is asked for and not before: its libraries take a second or more to load.
#pragma once
#include <string>

#include "cuda/plugin.h"

namespace siamese {

// The plugin in `file`, once for the process. Throws DeviceError that says why it cannot be had.
CudaPlugin& load_cuda_plugin(const std::string& file);

}  // namespace siamese
