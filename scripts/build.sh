#!/usr/bin/env bash
# The release build.
source scripts/common.sh
no_arguments "$@"

stage "set-up" scripts/setup.sh build
stage "build" build_preset release
ls -1 build/release/bin/*
