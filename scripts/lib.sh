# Shared by the scripts of this folder; sourced, not run.
# Each step says what it does in one line; its output goes to build/log/ and is shown only on failure.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build/log

say() { printf '%s\n' "$*"; }

# step NAME "what it does" COMMAND...
step() {
  local log="build/log/$1.log" what="$2" start=$SECONDS code=0
  shift 2
  printf '%-58s' "$what"
  "$@" >"$log" 2>&1 || code=$?
  if [ "$code" -ne 0 ]; then
    printf ' failed (exit %s); the end of %s:\n' "$code" "$log"
    tail -n 60 "$log"
    exit 1
  fi
  printf ' %4ss\n' "$((SECONDS - start))"
}

# Processes at once: all cores, but no more than memory allows (the largest file takes about 1 GiB).
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "$memory" -lt 1 ] && memory=1
  [ "$memory" -lt "$cores" ] && echo "$memory" || echo "$cores"
}

# build PRESET [TARGET...]: configures where needed and builds.
build() {
  local preset="$1"
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset"
  if [ $# -gt 0 ]; then
    cmake --build --preset "$preset" -j "$(jobs)" --target "$@"
  else
    cmake --build --preset "$preset" -j "$(jobs)"
  fi
}
