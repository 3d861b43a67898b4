#!/usr/bin/env bash
# From a bare Debian 12 to predictions with their uncertainty: trains two models,
# serves them, asks about images like those it was trained on and about images from
# elsewhere. A second run goes on where the first ended.
source scripts/common.sh

quick=
case "$*" in
  '') ;;
  --quick) quick=1 ;;
  *)
    echo "run: demo takes --quick or nothing, got '$*'" >&2
    exit 2
    ;;
esac

readonly bin=build/release/bin
readonly home=build/demo${quick:+/quick}
readonly models=$home/models
readonly fashion=/usr/share/datasets/fashion-mnist
readonly plot=$home/regression.svg
readonly log=$home/server.log
server_pid=
# Another one trains other models.
readonly seed=${HYPERGAN_DEMO_SEED:-1}

# train MODEL TRAINER_FLAG...: unless it is trained in this way; an interrupted run of
# the same flags goes on.
train() {
  local folder=$models/$1/1 state=$models/$1/.training/1 recipe=$home/$1.recipe done=$home/$1.trained
  local -a how=(--model_repository="$models" --model="$1" --version=1 --seed="$seed")
  if [[ $(cat "$recipe" 2>/dev/null) != "$seed ${*:2}" ]]; then
    rm -rf "$folder" "$state" "$done"
    echo "$seed ${*:2}" >"$recipe"
  fi
  if [[ -e $done && -s $folder/model.pt ]]; then
    echo "$1 is trained already"
    return
  fi
  if [[ -s $state/training_state.pt || -s $folder/training_state.pt ]]; then
    how+=(--resume)
  else
    rm -rf "$folder" "$state"
  fi
  "$bin/hypergan-trainer" train "${how[@]}" "${@:2}"
  touch "$done"
}

# A cubic through 20 noisy rows: where there are none, the networks part.
train_regression() {
  echo "about 20 s on two cores"
  train regression-1d --data=generated:cubic:1 --target_deviation=3 \
    --validation_data=generated:cubic:2 --calibration_data=generated:cubic:3
  "$bin/hypergan-trainer" plot --data=generated:cubic:1 --output="$plot" \
    --checkpoint="$models/regression-1d/1/model.pt"
}

train_fashion() {
  local names=T-shirt,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Boot
  # With minutes for 60,000 pictures one start learns more than five do.
  local -a one_start=(--starts=1 --networks=10 "--generator_hidden=64,64" --codes=50
    --last_learning_rate=1e-3 --batch_size=100 --shift=0 --temper=false)
  local -a length=(--epochs=2)
  if [[ $quick ]]; then
    length=(--epochs=1 --training_rows=14000)
    echo "quick: one epoch on a quarter of the rows, about 25 s on two cores; expect fewer right"
  else
    echo "about three minutes on two cores; the lines below say what is left here"
  fi
  train fashion-mnist --data="$fashion" --class_names="$names" "${one_start[@]}" "${length[@]}"
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

# What Prometheus would read of the uncertainty, one figure of each kind.
show_metrics() {
  local page
  page=$(sed -n 's|.*metrics on \(http://.*/\)metrics$|\1|p' "$log")
  echo "The status page of this server was at $page; ${page}metrics says among others:"
  python3 - "${page}metrics" <<'PYTHON'
import re
import sys
import urllib.request

shown = re.compile(
    r"hypergan_(rows|judged_rows|ood_rows)_total\{"
    r"|hypergan_(predictive_entropy_nats|mutual_information_nats|total_variance"
    r"|ood_score_ratio|standard_error)_(sum|count)\{"
)
with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
    for line in answer.read().decode().splitlines():
        if shown.match(line) and 'model="fashion-mnist"' in line:
            print("  " + line)
PYTHON
}

show_next_steps() {
  cat <<NEXT
Serve these models again, with their status page at http://127.0.0.1:8002/:
  $bin/hypergan-server --model_repository=$models
Then ask them, from the shell:
  $bin/hypergan-client predict --model=fashion-mnist --rows=4 \\
    --inputs=$fashion/t10k-images-idx3-ubyte.gz
from Python:
  python3 -m venv build/python && build/python/bin/pip install ./python
  build/python/bin/python examples/python/ask.py
from C++:
  ninja -C build/release ask && $bin/ask
The regression's mean and deviation as a picture: $plot
Models: $models
NEXT
}

trap '[[ -z $server_pid ]] || kill -TERM "$server_pid"' EXIT
# The trainer saves at Ctrl-C and ends well; the demo ends there too.
trap "exit 130" INT
stage "set-up" scripts/setup.sh demo
stage "build" build_preset release
mkdir -p "$models"
stage "training of a regression" train_regression
stage "training on Fashion-MNIST" train_fashion
stage "server" start_server
stage "predictions" show_predictions
stage "images from elsewhere" show_comparisons
stage "metrics" show_metrics
stage "end" stop_server
echo "== in all: $SECONDS s"
[[ -z $quick ]] ||
  echo "quick: trained for one epoch on a quarter of the rows; ./run demo gives the figures of the README"
show_next_steps
