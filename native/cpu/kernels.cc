// Chooses the kernels for the CPU that the process runs on.
#include "kernels.h"

#include <cstdlib>
#include <cstring>

namespace siamese {

namespace generic {
extern const Kernels table;
}
#ifdef SIAMESE_HAVE_avx2
namespace avx2 {
extern const Kernels table;
}
#endif
#ifdef SIAMESE_HAVE_avx512
namespace avx512 {
extern const Kernels table;
}
#endif

static const Kernels& choose() {
  [[maybe_unused]] const char* wanted = std::getenv("SIAMESE_VECTOR");
  [[maybe_unused]] const auto allowed = [&](const char* name, bool supported) {
    return supported && (!wanted || !*wanted || std::strcmp(wanted, name) == 0);
  };
#ifdef SIAMESE_HAVE_avx512
  if (allowed("avx512", __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))) {
    return avx512::table;
  }
#endif
#ifdef SIAMESE_HAVE_avx2
  if (allowed("avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))) return avx2::table;
#endif
  return generic::table;
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace siamese
