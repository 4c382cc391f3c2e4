#!/usr/bin/env bash
# Compiles all device code with nvcc, for one architecture; where cuDNN and cuBLAS are found (SIAMESE_CUDA_WHEELS, see
# docs/cuda.md) it links the plugin as well. Exit code 77: there is no nvcc, so nothing was checked.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build-cuda-check
cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DSIAMESE_CUDA_CHECK=ON -DSIAMESE_CUDA_ARCHITECTURES=90-real >/dev/null
grep -q '^SIAMESE_NVCC:FILEPATH=.*nvcc$' "$build/CMakeCache.txt" || { echo 'no nvcc: nothing was checked'; exit 77; }
missing=$(cat "$build/cuda-missing.txt")
if [ -z "$missing" ]; then target=siamese_cuda; else target=siamese_cuda_check; fi
cmake --build "$build" --target "$target" --parallel "$(getconf _NPROCESSORS_ONLN)"
if [ -z "$missing" ]; then echo 'compiled and linked'; else echo "compiled; not linked, for want of $missing"; fi
