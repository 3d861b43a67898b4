# What the verbs share. Sourced by scripts/*.sh, which `run` starts in the
# repository's root.
# shellcheck shell=bash
set -euo pipefail

jobs=${HYPERGAN_JOBS:-$(nproc)}

# fail MESSAGE: one line on stderr and the end.
fail() {
  echo "run: $*" >&2
  exit 1
}

# no_arguments ARGUMENT...: for verbs that take none.
no_arguments() {
  if (($#)); then
    echo "run: $(basename "$0" .sh) takes no arguments, got '$*'" >&2
    exit 2
  fi
}

# stage NAME COMMAND...: runs the command and says how long it took.
stage() {
  local name=$1 started=$SECONDS
  echo "== $name"
  "${@:2}"
  echo "== $name: $((SECONDS - started)) s"
}

# build_preset PRESET [CMAKE_OPTION...]: configures and builds build/PRESET.
build_preset() {
  cmake --preset "$1" "${@:2}" --log-level=WARNING
  ninja -C "build/$1" -j "$jobs" --quiet
}

# unity_options PRESET: whoever has compiled nothing yet compiles many files as one, in
# less than half of the time. A folder in which somebody works (`cmake --preset PRESET`)
# stays as it is: there, one file is compiled in seconds.
unity_options() {
  local cache=build/$1/CMakeCache.txt
  if [[ ! -e $cache ]] || grep -q '^CMAKE_UNITY_BUILD:[A-Z]*=ON' "$cache"; then
    echo -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16
  fi
}
