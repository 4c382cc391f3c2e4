#!/usr/bin/env bash
# Builds the addon, and the GPU engine over its emulation, with sanitizers, and runs the tests that drive them: any report fails.
# Usage: scripts/sanitize.sh [--thread] [jest arguments]
#   default: AddressSanitizer and UndefinedBehaviorSanitizer; tests of the engine, the layers, LMDB, images and the GPU engine
#   --thread: ThreadSanitizer, which sees threads that touch the same memory without order; tests of the engine
# SIAMESE_JOBS: compilers at once (default: one a core).
set -euo pipefail
cd "$(dirname "$0")/.."
kind=address,undefined build=build-sanitize runtime=libasan.so
tests=(test/engine test/layers test/data/lmdb test/data/png test/match/encoder test/match/class-search test/match/lookalikes test/cuda/engine test/cuda/layers)
if [ "${1:-}" = --thread ]; then
  shift
  kind=thread build=build-sanitize-thread runtime=libtsan.so
  tests=(test/engine test/cuda/engine)
fi
[ $# -gt 0 ] || set -- "${tests[@]}"
cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DSIAMESE_SANITIZE="$kind" >/dev/null
cmake --build "$build" --target siamese siamese_cuda_emulated --parallel "${SIAMESE_JOBS:-$(getconf _NPROCESSORS_ONLN)}" |
  grep -v '^\[' || true
export SIAMESE_NATIVE="$PWD/$build/siamese.node"
export SIAMESE_EMULATED_PLUGIN="$PWD/$build/libsiamese_cuda_emulated.so"
test -e "$SIAMESE_NATIVE" && test -e "$SIAMESE_EMULATED_PLUGIN"
# Node itself is not instrumented: the runtime must come first, and its leaks at exit are V8's, not ours.
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}"
# Of threads, only what our own code does counts: V8's synchronise in ways that the runtime has not seen compiled.
export TSAN_OPTIONS="halt_on_error=1:ignore_noninstrumented_modules=1:${TSAN_OPTIONS:-}"
LD_PRELOAD="$(c++ -print-file-name=$runtime):$(c++ -print-file-name=libstdc++.so)" \
  exec node node_modules/jest/bin/jest.js --runInBand "$@"
