#!/usr/bin/env bash
# collect_libtorch.sh cpu|cuda DESTINATION: copies the shared objects that the
# programs load from the wheel in .venv, so that a program in DESTINATION/bin finds
# them in DESTINATION/lib.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

if (($# != 2)); then
  echo "usage: collect_libtorch.sh cpu|cuda DESTINATION" >&2
  exit 2
fi
readonly form=$1 destination=$2
packages=(.venv/lib/python3*/site-packages)
readonly wheel=${packages[0]}

# All in one folder; libtorch_cpu looks beside itself.
collect_cpu() {
  mkdir -p "$destination/lib"
  cp "$wheel"/torch/lib/{libtorch_cpu.so,libc10.so,libgomp.so.1} \
    "$wheel"/nvidia/cu13/lib/{libcudart.so.13,libcupti.so.13} "$destination/lib"
}

# In the wheel's own layout, by which CUDA's libraries find each other.
collect_cuda() {
  local library
  mkdir -p "$destination/torch"
  cp -R "$wheel/torch/lib" "$destination/torch"
  rm -rf "$destination"/torch/lib/{libtorch_python.so,libshm*}
  ln -s torch/lib "$destination/lib"
  for library in "$wheel"/nvidia/*/lib; do
    mkdir -p "$destination/${library#"$wheel"/}"
    cp -P "$library"/*.so* "$destination/${library#"$wheel"/}"
  done
}

case $form in
  cpu | cuda) "collect_$form" ;;
  *)
    echo "collect_libtorch.sh: expected cpu or cuda, got '$form'" >&2
    exit 2
    ;;
esac
