#!/usr/bin/env bash
# lint.sh [--changed]: formatters and static checks. Every check runs; any finding fails
# the whole. With --changed, clang-tidy looks at files of the last two days alone, the
# newest first, for a minute and a half: what continuous integration has time for.
source scripts/common.sh
case $* in
  '' | --changed) readonly only_changed=$* ;;
  *) fail "lint: expected --changed or nothing, got '$*'" ;;
esac

# Folders that may know LibTorch; of these, the model's and the trainer's know
# nothing of gRPC.
readonly with_torch='^(hypergan|trainer|server/engine|bench|tests/(hypergan|trainer|server/engine|support))/'
readonly without_grpc='^(base|hypergan|trainer)/'

# What each folder may include of ours; base/ is for all. These headers of the model know no
# LibTorch; hypergan/v1 is the protocol.
readonly plain='hypergan/(checkpoint/manifest|checkpoint/calibration|checkpoint/predictive|ensemble/auroc)\.h'
readonly ladder=(
  "base base/"
  "data data/"
  "hypergan hypergan/"
  "trainer (trainer|data|hypergan)/"
  "client (client|data|hypergan/v1)/|$plain"
  "server/engine (server/engine|hypergan)/|server/engine\.h"
  "server/serving server/serving/|server/engine\.h|$plain"
  "server/rpc server/(rpc|serving)/|server/engine\.h|hypergan/v1/|$plain"
  "server/app server/|$plain"
)

# tracked PATTERN...: files known to git, or about to be.
tracked() {
  git ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
    while read -r file; do
      if [[ -f $file ]]; then echo "$file"; fi
    done
}

check_format() {
  tracked '*.h' '*.cc' '*.inc' | xargs clang-format --dry-run -Werror
}

check_shell() {
  tracked run .ci/run 'scripts/*.sh' 'deploy/*.sh' | xargs shellcheck
}

check_spelling() {
  # Pictures, records and what fuzzers read only look like words.
  tracked | grep -v -e '\.gz$' -e '\.ipynb$' -e '^docs/results/.*\.\(svg\|json\)$' \
    -e '^tests/fuzz/corpus/' |
    xargs codespell --ignore-words=.codespellignore
}

# Sentences that are too long, and archaic words.
check_prose() {
  tracked README.md CONTRIBUTING.md SECURITY.md 'docs/*.md' |
    xargs /usr/bin/python3 scripts/check_prose.py
}

check_sizes() {
  local file ceiling lines over=0
  while read -r file; do
    case $file in
      tests/*) ceiling=800 ;;
      *.h) ceiling=250 ;;
      *) ceiling=500 ;;
    esac
    lines=$(wc -l <"$file")
    if ((lines > ceiling)); then
      echo "$file: $lines lines, at most $ceiling"
      over=1
    fi
  done < <(tracked '*.cc' '*.h' '*.inc' '*.py' '*.sh')
  ((over == 0))
}

# Whoever breaks these links what it should not need.
check_includes() {
  local offenders
  offenders=$(
    tracked '*.cc' '*.h' | grep -Ev "$with_torch" |
      xargs grep -nE '#include [<"](torch|ATen|c10)/' || true
    tracked '*.cc' '*.h' | grep -E "$without_grpc" |
      xargs grep -nE '#include ([<"](grpc|grpcpp|google/protobuf)/|.*\.pb\.h")' || true
    for rung in "${ladder[@]}"; do
      tracked "${rung%% *}/*.cc" "${rung%% *}/*.h" |
        xargs grep -nE '#include "(data|hypergan|trainer|client|server)/' |
        grep -vE "#include \"(${rung#* })" || true
    done
  )
  echo -n "${offenders:+$offenders$'\n'}"
  [[ -z $offenders ]]
}

check_data_files() {
  tracked '*.json' '*.yml' '*.yaml' | /usr/bin/python3 -c '
import json, sys, yaml
for path in map(str.strip, sys.stdin):
    with open(path) as file:
        json.load(file) if path.endswith(".json") else list(yaml.safe_load_all(file))
'
  promtool check config deploy/prometheus/prometheus.yml >/dev/null
}

check_dockerfile() {
  build/linters/bin/hadolint Dockerfile
}

# The shapes of files that others' programs read.
check_schemas() {
  build/linters/bin/check-jsonschema --builtin-schema vendor.github-workflows \
    .github/workflows/*.yml
  build/linters/bin/check-jsonschema --builtin-schema vendor.compose-spec \
    deploy/compose*.yaml
}

# The protocols' style, and that no field, name or number of the last commit is gone.
check_protocols() {
  PATH=$PWD/build/linters/bin:$PATH
  (cd proto && buf lint)
  git rev-parse --quiet --verify HEAD^ >/dev/null || return 0
  (cd proto && buf breaking --against ../.git#ref=HEAD^,subdir=proto)
}

# sources DATABASE PATTERN: our own files in a compilation database whose command matches.
sources() {
  /usr/bin/python3 -c '
import json, re, sys
for entry in json.load(open(sys.argv[1])):
    if "/build/" not in entry["file"] and "/tests/" not in entry["file"]:
        if re.search(sys.argv[2], entry["command"]):
            print(entry["file"])
' "$1/compile_commands.json" "$2" | sort -u
}

# Of the files on standard input, those that changed in the last two days, newest first.
changed_ones() {
  local wanted
  wanted=$(cat)
  { git diff --name-only HEAD && git log --since=2.days --name-only --format=; } |
    awk -v root="$PWD/" 'NF && !seen[$0]++ { print root $0 }' |
    { grep -Fx -f <(echo "$wanted") || true; }
}

# tidy DATABASE PATTERN
tidy() {
  local -a limit=()
  local list found status=0
  list=$(sources "$1" "$2")
  if [[ -n $only_changed ]]; then
    list=$(changed_ones <<<"$list")
    limit=(timeout --foreground 45)
  fi
  [[ -n $list ]] || return 0
  # GCC has warnings that clang does not know.
  found=$(mktemp)
  "${limit[@]}" xargs -P "$jobs" -n 2 clang-tidy -p "$1" --quiet \
    --extra-arg=-Wno-unknown-warning-option <<<"$list" 2>&1 |
    { grep -v 'warnings generated\.$' || true; } | tee "$found" || status=$?
  # What was found before the time was over counts.
  ! grep -q ': error: ' "$found" || status=1
  rm "$found"
  if ((status == 124)); then
    echo "the time is over; ./run lint looks at all $(wc -l <<<"$list") files"
    return 0
  fi
  return "$status"
}

# What needs no LibTorch compiles under clang as well, and is analysed by it.
check_tidy() {
  cmake --preset dev -B build/lint -DHYPERGAN_WITH_TORCH=OFF --log-level=WARNING
  ninja -C build/lint -j "$jobs" --quiet ensemble_proto health_proto \
    open_inference_proto
  tidy build/lint ''
}

# The model, the trainer and the engine; each file takes some twenty seconds.
check_tidy_with_torch() {
  cmake --preset dev -B build/lint-torch -DBUILD_TESTING=OFF \
    -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON --log-level=WARNING
  tidy build/lint-torch '/torch/include'
}

findings=()

# check NAME COMMAND: notes a failure and goes on. (After `||` or in an `if` the
# command would run without errexit.)
check() {
  local status
  set +e
  (
    set -e
    stage "$1" "$2"
  )
  status=$?
  set -e
  ((status == 0)) || findings+=("$1")
}

stage "set-up" scripts/setup.sh lint
check "clang-format" check_format
check "shellcheck" check_shell
check "codespell" check_spelling
check "prose" check_prose
check "sizes of files" check_sizes
check "includes" check_includes
check "JSON, YAML and promtool" check_data_files
check "Dockerfile" check_dockerfile
check "schemas" check_schemas
check "protocols" check_protocols
check "clang-tidy" check_tidy
check "clang-tidy with LibTorch" check_tidy_with_torch

if ((${#findings[@]})); then
  IFS=,
  echo "findings in: ${findings[*]}"
  exit 1
fi
echo "no findings"
