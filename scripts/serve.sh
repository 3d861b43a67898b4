#!/usr/bin/env bash
# serve.sh [--port=N]: the demo's models behind the front, over gRPC and as JSON over
# HTTP, until Ctrl-C. MODELS: another model repository. With --port the front has that
# port and the server any free ones. HYPERGAN_BUILD: a build folder to serve from as it
# is, such as build/dev.
source scripts/common.sh

readonly build=${HYPERGAN_BUILD:-build/release}
readonly bin=$build/bin home=$build/serve
readonly models=${MODELS:-build/demo/models}
readonly server_log=$home/server.log front_log=$home/front.log
port=8080 listen=127.0.0.1:8001 metrics=127.0.0.1:8002
case "$*" in
  '') ;;
  --port=[1-9]*) port=${1#--port=} listen=127.0.0.1:0 metrics=127.0.0.1:0 ;;
  *)
    echo "run: serve takes --port=N or nothing, got '$*'" >&2
    exit 2
    ;;
esac
server_pid='' front_pid=''

start_server() {
  # In a session of its own, so that Ctrl-C reaches it once, by `stop`.
  setsid "$bin/hypergan-server" --model_repository="$models" --listen="$listen" \
    --metrics_listen="$metrics" --max_client_share=1 --max_metadata_bytes=32768 \
    >"$server_log" 2>&1 &
  server_pid=$!
  wait_until "$server_pid" "$server_log" grep -q '^serving ' "$server_log"
  address=$(sed -n 's/^listening on \([^ ,]*\).*/\1/p' "$server_log")
  status_page=$(sed -n 's|.*metrics on \(http://.*/\)metrics$|\1|p' "$server_log")
  cat "$server_log"
}

start_front() {
  cp "$build/front/ensemble.binpb" "$home"
  python3 deploy/envoy/localize.py "$home" --server="$address" --plain="$port"
  setsid .venv/bin/envoy --config-path "$home/envoy.yaml" --disable-hot-restart \
    --concurrency 2 --log-level warning >"$front_log" 2>&1 &
  front_pid=$!
  wait_until "$front_pid" "$front_log" answers
}

# answers: whether the front lists the models.
answers() {
  python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=2)' "http://127.0.0.1:$port/v1/models" 2>/dev/null
}

# wait_until PID LOG COMMAND...: until the command succeeds, while the process lives.
wait_until() {
  local deadline=$((SECONDS + 120))
  until "${@:3}"; do
    if ((SECONDS >= deadline)) || ! kill -0 "$1" 2>/dev/null; then
      cat "$2" >&2
      fail "$2: did not come up"
    fi
    sleep 0.1
  done
}

show_questions() {
  cat <<TEXT
gRPC and HTTP on 127.0.0.1:$port (the server itself on $address). Paste:
  curl -s http://127.0.0.1:$port/v1/models/regression-1d:predict \\
    -d '{"inputs": {"shape": [2, 1], "values": [0.5, 6]}, "num_networks": 100}'
  $bin/hypergan-client models --server=127.0.0.1:$port
The status page is at $status_page, the figures for Prometheus at ${status_page}metrics.
Ctrl-C ends both.
TEXT
}

# The server first: it finishes what it has accepted, through the front.
stop() {
  local pid
  for pid in $server_pid $front_pid; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
}

[[ -d $models ]] ||
  fail "serve: expected a model repository, found no $models; ./run demo trains one"
if [[ -z ${HYPERGAN_BUILD:-} ]]; then
  stage "set-up" scripts/setup.sh serve
  stage "build" build_preset release
fi
mkdir -p "$home"
# What an earlier one logged would look like this one's readiness.
rm -f "$server_log" "$front_log"
touch "$server_log" "$front_log"
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
stage "server" start_server
stage "front" start_front
show_questions
wait -n "$server_pid" "$front_pid" || true
echo "run: serve: the server or the front ended; see $server_log and $front_log" >&2
false
