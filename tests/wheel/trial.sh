#!/bin/sh
# What somebody does first with the installed wheel, whose commands are on the PATH:
# train, serve, ask, stop. Needs no more than a Debian that has Python.
set -eu

fail() {
  echo "trial: $*" >&2
  cat server.log >&2 || true
  exit 1
}

folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid"; rm -rf "$folder"' EXIT
cd "$folder"

started=$(date +%s)
hypergan-trainer train --model_repository=models --model=curve --seed=1 --epochs=100 \
  --data=generated:cubic:1 --target_deviation=3
echo "trained in $(($(date +%s) - started)) s"

hypergan-server --model_repository=models --listen=127.0.0.1:0 \
  --metrics_listen=127.0.0.1:0 >server.log 2>&1 &
pid=$!
deadline=$(($(date +%s) + 120))
address=
until [ -n "$address" ] && hypergan-client health --server="$address"; do
  kill -0 "$pid" || fail "the server ended"
  [ "$(date +%s)" -lt "$deadline" ] || fail "the server is not ready after 120 s"
  sleep 0.2
  address=$(sed -n 's/^listening on \([^ ,]*\).*/\1/p' server.log)
done
hypergan-client predict --server="$address" --model=curve --inputs=generated:cubic \
  --rows=3 --networks=50 --seed=1 | tee answer
grep -q 'ood' answer || fail "no score in the answer"

kill -TERM "$pid"
status=0
wait "$pid" || status=$?
pid=
[ "$status" -eq 0 ] || fail "the server ended with $status after SIGTERM"
echo "the server stopped by itself"
