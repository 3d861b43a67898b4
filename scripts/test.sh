#!/usr/bin/env bash
# Every test that needs no GPU: all of them in the preset dev, then those that link
# no LibTorch under the sanitizers. The last lines show what failed and sum up, for the
# end is what is left of a long log.
source scripts/common.sh
no_arguments "$@"

presets=(dev tsan asan-ubsan)
passed=0 failed=0 skipped=0

# junit_count PRESET ATTRIBUTE: a number from the head of ctest's report.
junit_count() {
  sed -n "s/^[[:space:]]*$2=\"\([0-9]*\)\".*/\1/p; /<testcase/q" \
    "build/$1/tests.xml"
}

# show_failures PRESET: what tests that failed had printed, then a line for each.
show_failures() {
  sed -n '/<testcase .*status="fail"/,/<\/testcase>/p' "build/$1/tests.xml" | tail -n 300
  sed -n "s/.*<testcase name=\"\([^\"]*\)\".*status=\"fail\".*/failed in $1: \1/p" \
    "build/$1/tests.xml"
}

# run_tests PRESET [CTEST_OPTION...]: keeps going when tests fail.
run_tests() {
  local preset=$1 report=build/$1/tests.xml total failures skips
  rm -f "$report"
  ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error \
    --output-junit "$PWD/$report" \
    --test-output-size-failed 8192 --test-output-truncation middle || true
  [[ -s $report ]] || fail "ctest wrote no report for the preset $preset"
  total=$(junit_count "$preset" tests)
  failures=$(junit_count "$preset" failures)
  skips=$(junit_count "$preset" skipped)
  echo "$preset: $((total - failures - skips)) passed, $failures failed," \
    "$skips skipped"
  passed=$((passed + total - failures - skips))
  failed=$((failed + failures))
  skipped=$((skipped + skips))
}

stage "set-up" scripts/setup.sh test
for preset in "${presets[@]}"; do
  options=()
  [[ $preset != dev ]] || read -ra options <<<"$(unity_options dev)"
  stage "build of $preset" build_preset "$preset" "${options[@]}"
  stage "tests of $preset" run_tests "$preset"
done
((skipped == 0)) || echo "skipped, as the devices they need are absent: $skipped"
echo "== in all: $SECONDS s"
if ((failed)); then
  for preset in "${presets[@]}"; do show_failures "$preset"; done
fi
echo "$passed passed, $failed failed"
((failed == 0))
