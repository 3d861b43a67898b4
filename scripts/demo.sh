#!/usr/bin/env bash
# From a bare Debian 12 to predictions with their uncertainty: trains two models,
# serves them, asks about images like those it was trained on and about images from
# elsewhere. A second run reuses the models of the first.
source scripts/common.sh
no_arguments "$@"

readonly bin=build/release/bin
readonly models=build/demo/models
readonly fashion=/usr/share/datasets/fashion-mnist
readonly plot=build/demo/regression.svg
readonly log=build/demo/server.log
server_pid=

# train MODEL TRAINER_FLAG...: unless it is trained; an interrupted run goes on.
train() {
  local folder=$models/$1/1 done=build/demo/$1.trained
  local -a how=(--model_repository="$models" --model="$1" --version=1 --seed=1)
  if [[ -e $done && -s $folder/model.pt ]]; then
    echo "$1 is trained already"
    return
  fi
  if [[ -s $folder/training_state.pt ]]; then
    how+=(--resume)
  else
    rm -rf "$folder"
  fi
  "$bin/hypergan-trainer" train "${how[@]}" "${@:2}"
  touch "$done"
}

train_fashion() {
  local names=T-shirt,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Boot
  train fashion-mnist --data="$fashion" --class_names="$names" --target=mnist \
    --networks=10 --batch_size=100 --epochs=3 \
    --shared_start=0.9 --standard_codes --committee=1 \
    --last_learning_rate=1e-4 --repulsion=0.5 --stand_ins=patches,blobs
}

train_regression() {
  train regression-1d --data=generated:cubic:1 --target=regression \
    --validation_data=generated:cubic:2 --calibration_data=generated:cubic:3 \
    --networks=10 --epochs=6000 --evaluate_every=1000 --target_deviation=3 \
    --learning_rate=1e-3 --last_learning_rate=1e-3
  "$bin/hypergan-trainer" plot --data=generated:cubic:1 --output="$plot" \
    --checkpoint="$models/regression-1d/1/model.pt"
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
# The trainer saves at Ctrl-C and ends well; the demo ends there too.
trap "exit 130" INT
stage "set-up" scripts/setup.sh demo
stage "build" build_preset release
mkdir -p "$models"
stage "training on Fashion-MNIST" train_fashion
stage "training of the 1-D regression" train_regression
stage "server" start_server
stage "predictions" show_predictions
stage "images from elsewhere" show_comparisons
stage "end" stop_server
echo "== in all: $SECONDS s"
echo "models: $models; mean and deviation of the regression: $plot"
