// How many cores this process may use, and what they are.
#pragma once
#include <string>

namespace siamese {

// At least 1: by affinity, and by the quota of the control group (containers) where there is one.
int usable_cores();

// As the system calls it; "unknown" where it does not say.
std::string cpu_model();

// generic | avx2 | avx512 | neon: the best instruction set that kernels are chosen by.
const char* vector_set();

}  // namespace siamese
