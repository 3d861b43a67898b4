#!/usr/bin/env bash
# fuzz.sh [TARGET|all] [SECONDS|COUNTruns]: libFuzzer, which is clang's, with one target of
# tests/fuzz or with each, for 60 seconds unless told otherwise. What it learns stays in
# build/fuzz/learned/TARGET, and an input that ends the program in build/fuzz/found. The
# last lines are a table: target, executions, seconds, features covered.
source scripts/common.sh
(($# <= 2)) || fail "fuzz takes a target and how long, got '$*'"
wanted=${1:-all} how_long=${2:-60}

case $how_long in
  *[!0-9]*runs | runs) bound= ;;
  *runs) bound=-runs=${how_long%runs} ;;
  '' | *[!0-9]*) bound= ;;
  *) bound=-max_total_time=$how_long ;;
esac
[[ $bound ]] || fail "fuzz: expected seconds, as 60, or runs, as 1000000runs, got '$how_long'"

targets=()
for folder in tests/fuzz/corpus/*/; do targets+=("$(basename "$folder")"); done
if [[ $wanted != all ]]; then
  [[ -d tests/fuzz/corpus/$wanted ]] || fail "fuzz: no target '$wanted'; there are ${targets[*]}"
  targets=("$wanted")
fi

# run_target TARGET: a line of the table, and false for a finding.
run_target() {
  local target=$1 log=build/fuzz/logs/$1 ended=0
  mkdir -p "build/fuzz/learned/$target" build/fuzz/logs build/fuzz/found
  # Large inputs are slow ones. The memory bound is far above what a reader may hold.
  "build/fuzz/bin/fuzz_$target" "$bound" -max_len=16384 -timeout=25 -rss_limit_mb=3072 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" \
    "build/fuzz/learned/$target" "tests/fuzz/corpus/$target" 2>"$log" || ended=$?
  awk -v target="$target" '
    /^Done / { seconds = $5 }
    /ft: / { for (i = 1; i < NF; ++i) if ($i == "ft:") features = $(i + 1) }
    /^stat::number_of_executed_units/ { executions = $2 }
    END { print target, executions + 0, seconds + 0, features + 0 }' "$log"
  ((ended == 0)) || tail -n 40 "$log" >&2
  return "$ended"
}

build_targets() {
  cmake --preset fuzz --log-level=WARNING
  ninja -C build/fuzz -j "$jobs" --quiet fuzz_targets
}

stage "set-up" scripts/setup.sh fuzz
stage "build of fuzz" build_targets
table=() findings=0
for target in "${targets[@]}"; do
  echo "== $target"
  table+=("$(run_target "$target")") || findings=$((findings + 1))
done
printf '%s\n' "target executions seconds features" "${table[@]}" |
  awk '{ printf "%-12s %12s %9s %9s\n", $1, $2, $3, $4 }'
((findings == 0)) || fail "fuzz: $findings of ${#targets[@]} targets ended: build/fuzz/found"
