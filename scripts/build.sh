#!/usr/bin/env bash
# The release build.
source scripts/common.sh
no_arguments "$@"

stage "set-up" scripts/setup.sh build
read -ra options <<<"$(unity_options release)"
# Of many files as one, a precompiled header saves nothing, and ccache keeps no object
# that uses one.
((${#options[@]} == 0)) || options+=(-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
stage "build" build_preset release "${options[@]}"
ls -1 build/release/bin/*
