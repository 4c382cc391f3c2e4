// SIAMESE_HD marks functions and lambdas that kernels call: nvcc then compiles them for both processors.
#pragma once

#ifdef __CUDACC__
#define SIAMESE_HD __host__ __device__
#else
#define SIAMESE_HD
#endif
