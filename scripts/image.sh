#!/usr/bin/env bash
# image.sh [TARGET...]: builds images of the Dockerfile with buildah, from a base that
# debootstrap makes, and shows that each runs. All of it stays in build/image/.
# HYPERGAN_DEBIAN=13 builds for Debian 13. As root.
source scripts/common.sh
source scripts/packaging.sh

readonly debian=${HYPERGAN_DEBIAN:-12}
case $debian in
  12) readonly codename=bookworm ;;
  13) readonly codename=trixie ;;
  *) fail "HYPERGAN_DEBIAN: expected 12 or 13, got '$debian'" ;;
esac
targets=("$@")
((${#targets[@]})) || targets=(server-cpu trainer demo)
readonly home=$PWD/build/image
readonly base=localhost/hypergan-base:$debian

# storage_driver: overlay where it can be mounted, else vfs, for which each layer is a
# copy of all before it: 4 GB each.
storage_driver() {
  local probe=$home/probe driver=vfs
  mkdir -p "$probe"/{lower,upper,work,merged}
  if mount -t overlay overlay "$probe/merged" 2>/dev/null \
    -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work"; then
    umount "$probe/merged"
    driver=overlay
  fi
  rm -rf "$probe"
  echo "$driver"
}

# Nothing of a container's is outside build/image.
store() {
  buildah --root "$home/storage" --runroot "$home/run" --storage-driver "$driver" "$@"
}

make_base() {
  if store inspect --type image "$base" >/dev/null 2>&1; then
    echo "$base is there already"
    return
  fi
  local root=$home/base-$debian container
  bootstrap "$codename" "$root" ca-certificates
  add_security_updates "$root"
  rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
  container=$(store from scratch)
  store add --quiet "$container" "$root" / >/dev/null
  store commit --quiet "$container" "$base" >/dev/null
  store rm "$container" >/dev/null
  rm -rf "$root"
}

# As Debian's own images have them.
add_security_updates() {
  local suite
  for suite in "debian $codename-updates" "debian-security $codename-security"; do
    echo "deb http://deb.debian.org/${suite% *} ${suite#* } main" >>"$1/etc/apt/sources.list"
  done
}

build_image() {
  store bud --isolation chroot --format docker --layers --target "$1" \
    --build-arg BASE="$base" --build-arg DEBIAN="$debian" \
    --build-arg VERSION="$version" --build-arg REVISION="$revision" \
    --build-arg TRAINER_DEVICE=cpu \
    --volume "$home/pip.conf:/etc/pip.conf:ro" \
    --volume /etc/ssl/certs/ca-certificates.crt:/etc/host-certificates.crt:ro \
    --tag "localhost/hypergan-$1:$debian" .
}

# try_image TARGET: with the image's root file system mounted, and its configuration.
try_image() {
  local image=localhost/hypergan-$1:$debian container root status=0
  store inspect --type image "$image" >"$home/$1.json"
  container=$(store from --pull-never "$image")
  root=$(store mount "$container")
  echo "packages that lack a security update of Debian's:"
  .venv/bin/python deploy/shipping/updates.py "$root"/usr/share/sbom/*.json || status=$?
  # The ports of the image are free in a network of its own.
  # shellcheck disable=SC2016
  HYPERGAN_IMAGE_ROOT=$root HYPERGAN_IMAGE=$home/$1.json unshare --net bash -ec '
    ip link set lo up
    exec .venv/bin/python -m pytest "$1"' _ "tests/image/test_${1//-/_}.py" || status=$?
  show_sizes "$root"
  store rm "$container" >/dev/null
  return "$status"
}

show_sizes() {
  local part
  echo "unpacked, MB:"
  for part in opt/hypergan/lib opt/hypergan/bin usr/lib usr/share etc models .; do
    if [[ -e $1/$part ]]; then
      echo "  $(du -sk --apparent-size "$1/$part" | awk '{printf "%.1f", $1 * 1.024 / 1000}') /${part#.}"
    fi
  done
}

((EUID == 0)) || fail "image needs root: for debootstrap and for chroot"
stage "set-up" scripts/setup.sh image
version=$(project_version)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
readonly version revision
mkdir -p "$home"
driver=$(storage_driver)
readonly driver
stage "base of Debian $debian" make_base
write_pip_configuration "$home/pip.conf"
for target in "${targets[@]}"; do
  stage "image $target" build_image "$target"
done
for target in "${targets[@]}"; do
  stage "trial of $target" try_image "$target"
done
