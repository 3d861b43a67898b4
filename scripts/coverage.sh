#!/usr/bin/env bash
# Which lines and branches of the programs the tests run, by folder. Some forty minutes on
# two cores: the figures in docs/testing.md are from here.
source scripts/common.sh
no_arguments "$@"

stage "set-up" scripts/setup.sh test
stage "set-up of linters" scripts/setup.sh lint
stage "build of coverage" build_preset coverage
find build/coverage -name '*.gcda' -delete
# What fails here fails in `./run test` too, which is where it is looked at; but for the
# four programs that docs/testing.md names.
stage "tests of coverage" ctest --preset coverage --parallel "$(nproc)" --quiet || true
stage "reading the counts" build/linters/bin/gcovr --root . --object-directory build/coverage \
  --filter '(base|client|data|hypergan|server|trainer)/' --gcov-ignore-parse-errors all \
  -j "$jobs" --json-summary build/coverage/coverage.json
/usr/bin/python3 scripts/coverage_table.py build/coverage/coverage.json
