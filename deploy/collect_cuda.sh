#!/usr/bin/env bash
# collect_cuda.sh DESTINATION: copies LibTorch with CUDA from the full wheel in .venv,
# so that an installed program in DESTINATION/bin finds it. (For the CPU,
# `cmake --install` does this.)
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

if (($# != 1)); then
  echo "usage: collect_cuda.sh DESTINATION" >&2
  exit 2
fi
readonly destination=$1
packages=(.venv/lib/python3*/site-packages)
readonly wheel=${packages[0]}

# In the wheel's own layout, by which CUDA's libraries find each other.
mkdir -p "$destination/torch" "$destination/lib"
cp -R "$wheel/torch/lib" "$destination/torch"
rm -rf "$destination"/torch/lib/{libtorch_python.so,libshm*}
ln -s ../torch/lib "$destination/lib/hypergan-serving"
for library in "$wheel"/nvidia/*/lib; do
  mkdir -p "$destination/${library#"$wheel"/}"
  cp -P "$library"/*.so* "$destination/${library#"$wheel"/}"
done
