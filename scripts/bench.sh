#!/usr/bin/env bash
# Every benchmark of build/bench/bin, and the server under load: a table here, JSON in
# build/bench/NAME.json.
source scripts/common.sh
no_arguments "$@"

stage "set-up" scripts/setup.sh bench
stage "build" build_preset bench

benchmarks=()
for program in build/bench/bin/*_bench; do
  [[ -x $program ]] && benchmarks+=("$program")
done
if ((${#benchmarks[@]} == 0)); then
  echo "there are no benchmarks yet"
  exit 0
fi
for program in "${benchmarks[@]}"; do
  name=$(basename "$program")
  stage "$name" "$program" --benchmark_counters_tabular=true \
    --benchmark_out_format=json --benchmark_out="build/bench/$name.json"
done
stage "serving" bench/serving.py
stage "docs/performance.md" /usr/bin/python3 bench/report.py
