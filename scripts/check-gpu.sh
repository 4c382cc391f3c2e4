#!/usr/bin/env bash
# All that a GPU host can tell, in one command: builds the plugin, runs the tests on the GPU, a short training under NVIDIA's
# compute-sanitizer, two trainings that must be equal, and the bench beside PyTorch.
# Usage: scripts/check-gpu.sh [FOLDER]; what each step printed goes to FOLDER (default: gpu-report), a line for each to the
# terminal. A step that fails does not keep the others from running. Exit code 77: there is no GPU, 1: a step failed.
set -uo pipefail
cd "$(dirname "$0")/.."
report=${1:-gpu-report}
nvidia-smi >/dev/null 2>&1 || { echo 'no NVIDIA GPU: nothing was checked'; exit 77; }
mkdir -p "$report"
report=$(realpath "$report")
failed=0

step() { # NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$report/$name.txt" 2>&1; then
    echo "ok      $name ($((SECONDS - start)) s)"
  else
    echo "FAILED  $name ($((SECONDS - start)) s): the end of $report/$name.txt says"
    tail -n 5 "$report/$name.txt" | sed 's/^/          /'
    failed=1
  fi
}

# A solver of few iterations, whose files go to a folder of their own.
solver() { # ITERATIONS FOLDER
  mkdir -p "$report/$2"
  sed -e "s/^max_iter:.*/max_iter: $1/" -e "s/^display:.*/display: 1/" -e "s/^snapshot:.*/snapshot: $1/" \
    -e "s|^snapshot_prefix:.*|snapshot_prefix: \"$report/$2/net\"|" \
    -e "s|^net:.*|net: \"$PWD/models/siamese_mnist/train_val.prototxt\"|" \
    models/siamese_mnist/solver_quick.prototxt >"$report/$2/solver.prototxt"
  echo "$report/$2/solver.prototxt"
}

equal_trainings() {
  for run in first second; do node bin/siamese train --gpu 0 --solver "$(solver 200 $run)" || return 1; done
  cmp "$report/first/net_iter_200.caffemodel" "$report/second/net_iter_200.caffemodel"
}

under() { # TOOL ITERATIONS
  compute-sanitizer --tool "$1" --error-exitcode 9 node bin/siamese train --gpu 0 --solver "$(solver "$2" "$1")"
}

moves_between_devices() {
  node bin/siamese train --gpu 0 --solver "$(solver 20 gpu)" &&
    node bin/siamese train --solver "$(solver 40 gpu)" --snapshot "$report/gpu/net_iter_20.solverstate" &&
    node bin/siamese match models/siamese_mnist/images/seven.png --gpu 0 --snapshot "$report/gpu/net_iter_40.caffemodel"
  [ $? -le 1 ] # an image that is not accepted is none of our business here
}

step gpu nvidia-smi
step build env SIAMESE_CUDA=ON node scripts/setup.js
step device-query node bin/siamese device_query
step tests node node_modules/jest/bin/jest.js --runInBand test/cuda
step equal-trainings equal_trainings
step moves-between-devices moves_between_devices
for tool in memcheck racecheck initcheck synccheck; do
  if command -v compute-sanitizer >/dev/null; then step "$tool" under "$tool" 4; else echo "left out $tool: no compute-sanitizer"; fi
done
step bench npm run bench -- gpu
exit $failed
