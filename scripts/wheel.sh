#!/usr/bin/env bash
# wheel.sh [--chroots]: builds the wheel hypergan-serving in build/wheel/, installs it
# into a fresh virtual environment, and trains, serves, asks and stops there. With
# --chroots it does the same in a Debian 12 and a Debian 13 that have Python alone, which
# debootstrap makes; as root, for 4 GB each.
source scripts/common.sh
source scripts/packaging.sh
case $* in
  '' | --chroots) readonly chroots=$* ;;
  *) fail "wheel: expected --chroots or nothing, got '$*'" ;;
esac
readonly home=$PWD/build/wheel

write_wheel() {
  local version torch
  version=$(project_version)
  torch=$(sed -n 's/^torch=torch==//p' scripts/setup.sh)
  rm -rf "$home/installed" "$home"/*.whl
  cmake --install build/release --component programs --strip \
    --prefix "$home/installed" >/dev/null
  wheel=$(.venv/bin/python deploy/shipping/wheel.py "$home" --version "$version" \
    --torch "$torch" --built build/release/bin --installed "$home/installed/bin")
  ls -lh "$wheel"
}

try_here() {
  local folder=$home/trial
  /usr/bin/python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet "$wheel"
  PATH=$folder/bin:/usr/bin:/bin tests/wheel/trial.sh
}

# try_in_chroot CODENAME: as root.
try_in_chroot() {
  local root=$home/$1
  bootstrap "$1" "$root" ca-certificates,python3-venv
  cp "$wheel" tests/wheel/trial.sh "$root/root"
  # As this machine reaches PyPI.
  cp /etc/resolv.conf "$root/etc"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/host-certificates.crt"
  write_pip_configuration "$root/etc/pip.conf"
  # In a mount namespace of its own, so that nothing stays mounted.
  # shellcheck disable=SC2016
  unshare --mount --pid --fork bash -euc '
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    chroot "$1" /usr/bin/env -i HOME=/root PATH=/root/venv/bin:/usr/bin:/bin sh -euc "
      cd /root
      python3 -m venv venv
      pip install --quiet --no-cache-dir ./*.whl
      ./trial.sh"' _ "$root"
  rm -rf "$root"
}

stage "set-up" scripts/setup.sh wheel
stage "build" scripts/build.sh
stage "wheel" write_wheel
stage "trial in a virtual environment" try_here
[[ -z $chroots ]] || for codename in bookworm trixie; do
  stage "trial in $codename" try_in_chroot "$codename"
done
