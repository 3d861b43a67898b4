#!/usr/bin/env bash
# soak.sh [MINUTES]: mixed load on the release build's server with models that are swapped,
# for 10 minutes unless told otherwise. The report is build/soak/report.json.
source scripts/common.sh
(($# <= 1)) || fail "soak takes a number of minutes, got '$*'"
minutes=${1:-10}
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "soak: expected minutes, got '$minutes'"

stage "set-up" scripts/setup.sh test
stage "build of release" build_preset release
HYPERGAN_BIN=$PWD/build/release/bin stage "soak" \
  .venv/bin/python tests/soak/soak.py "$minutes" build/soak/report.json
