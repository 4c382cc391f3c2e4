// NativeRandom of src/engine/native.ts: the generator behind `random_seed`.
#include "addon.h"

namespace siamese {

void init_random(Napi::Env, Napi::Object) {}

}  // namespace siamese
