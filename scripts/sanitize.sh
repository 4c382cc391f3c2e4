#!/usr/bin/env bash
# Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests that drive it: any report fails.
# Usage: scripts/sanitize.sh [jest arguments]; default: the tests of the engine and of the layers.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- test/engine test/layers
build=build-sanitize
cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DSIAMESE_SANITIZE=address,undefined >/dev/null
cmake --build "$build" --parallel "$(getconf _NPROCESSORS_ONLN)" | grep -v '^\[' || true
test -e "$build/siamese.node"
# Node itself is not instrumented: the runtime must come first, and its leaks at exit are V8's, not ours.
runtime=$(c++ -print-file-name=libasan.so)
export SIAMESE_NATIVE="$PWD/$build/siamese.node"
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}"
LD_PRELOAD="$runtime:$(c++ -print-file-name=libstdc++.so)" exec node node_modules/jest/bin/jest.js --runInBand "$@"
