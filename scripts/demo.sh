#!/usr/bin/env bash
# From a bare Debian 12 to predictions with their uncertainty: trains two models,
# serves them, asks about images like those it was trained on and about images from
# elsewhere. A second run reuses the models of the first.
source scripts/common.sh
no_arguments "$@"

readonly bin=build/release/bin
readonly models=build/demo/models
readonly fashion=/usr/share/datasets/fashion-mnist
readonly log=build/demo/server.log
server_pid=

# train MODEL TRAINER_FLAG...: unless the model is there.
train() {
  local model=$1
  if [[ -s $models/$model/1/model.pt ]]; then
    echo "$model: already trained"
    return
  fi
  "$bin/hypergan-trainer" train --model_repository="$models" --model="$model" \
    --seed=1 "${@:2}"
}

plot_regression() {
  "$bin/hypergan-trainer" plot --data=generated:cubic:1 \
    --checkpoint="$models/regression-1d/1/model.pt" \
    --output=build/demo/regression.svg
  echo "mean and deviation are drawn in build/demo/regression.svg"
}

start_server() {
  "$bin/hypergan-server" --model_repository="$models" \
    --listen=127.0.0.1:0 --metrics_listen=127.0.0.1:0 >"$log" 2>&1 &
  server_pid=$!
  wait_for_server
  cat "$log"
}

# Until the server says which port it got and reports SERVING.
wait_for_server() {
  local deadline=$((SECONDS + 120))
  while ((SECONDS < deadline)); do
    kill -0 "$server_pid" 2>/dev/null || break
    address=$(sed -n 's/^listening on \([^ ,]*\).*/\1/p' "$log")
    if [[ -n $address ]] && ask health >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  cat "$log" >&2
  fail "the server did not come up"
}

# ask VERB CLIENT_FLAG...
ask() {
  "$bin/hypergan-client" "$1" --server="$address" "${@:2}"
}

stop_server() {
  local pid=$server_pid
  server_pid=
  kill -TERM "$pid"
  wait "$pid" || fail "the server ended with $?"
  echo "the server finished its work and ended with 0"
}

show_predictions() {
  ask predict --model=fashion-mnist --rows=4 --seed=1 \
    --inputs="$fashion/t10k-images-idx3-ubyte.gz" \
    --labels="$fashion/t10k-labels-idx1-ubyte.gz"
  local folder
  for folder in examples/mnist examples/notmnist; do
    echo
    echo "-- $folder, which the model has never seen the like of"
    ask predict --model=fashion-mnist --rows=2 --seed=1 \
      --inputs="$folder/t10k-images-idx3-ubyte.gz"
  done
}

show_comparisons() {
  local folder
  for folder in examples/mnist examples/notmnist; do
    ask compare --model=fashion-mnist --seed=1 \
      --inputs="$fashion/t10k-images-idx3-ubyte.gz" \
      --outside="$folder/t10k-images-idx3-ubyte.gz"
    echo
  done
}

trap '[[ -z $server_pid ]] || kill -TERM "$server_pid"' EXIT
stage "set-up" scripts/setup.sh demo
stage "build" build_preset release
mkdir -p "$models"
stage "training on Fashion-MNIST" train fashion-mnist \
  --data="$fashion" --target=mnist --networks=10 --batch_size=100 --epochs=3 \
  --time_limit=5m
stage "training of the 1-D regression" train regression-1d \
  --data=generated:cubic:1 --target=regression --networks=10 --time_limit=1m
stage "plot" plot_regression
stage "server" start_server
stage "predictions" show_predictions
stage "images from elsewhere" show_comparisons
stage "end" stop_server
echo "== in all: $SECONDS s; the models are in $models"
