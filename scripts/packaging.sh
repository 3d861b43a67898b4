# What image and wheel share. Sourced after common.sh.
# shellcheck shell=bash

project_version() {
  sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt
}

# bootstrap CODENAME ROOT PACKAGES: a small Debian with these packages in a folder.
bootstrap() {
  local log=$2.log
  rm -rf "$2"
  debootstrap --variant=minbase --include="$3" "$1" "$2" \
    http://deb.debian.org/debian >"$log" || fail "debootstrap failed: see $log"
}

# write_pip_configuration FILE: for a root file system that has this machine's
# certificates in /etc/host-certificates.crt, and reaches PyPI as it does.
write_pip_configuration() {
  local index
  index=$(/usr/bin/python3 -m pip config get global.index-url 2>/dev/null || true)
  printf '[global]\ncert = /etc/host-certificates.crt\n%s\n' \
    "${index:+index-url = $index}" >"$1"
}
