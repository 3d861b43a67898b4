"""The load of bench/serving.py for a server of the Open Inference Protocol.

As `hypergan-client bench` does it: closed loop, `--concurrency` requests always under
way, a request's time from its call to its answer, the warm-up left out. Requests are
encoded before, images of examples/mnist one after the other, so
that little of the machine goes to this program. Prints the same JSON fields.

    python bench/baselines/open_inference_load.py ADDRESS --model=networks-10 --rows=1
"""

import argparse
import json
import pathlib
import threading
import time

import grpc
import numpy
from digits import digits
from tritonclient.grpc import service_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT / "examples/mnist/t10k-images-idx3-ubyte.gz"
MESSAGES = 50
SERVICE = "/inference.GRPCInferenceService"
START_SECONDS = 60


def messages(model, rows):
    """Encoded requests of `rows` images each."""
    found = digits(IMAGES)
    for i in range(MESSAGES):
        batch = found[numpy.arange(i * rows, (i + 1) * rows) % len(found)]
        request = service_pb2.ModelInferRequest(model_name=model)
        tensor = request.inputs.add(name="inputs", datatype="FP32")
        tensor.shape.extend(batch.shape)
        request.raw_input_contents.append(batch.tobytes())
        yield request.SerializeToString()


def wait_until_ready(channel, model):
    ready = channel.unary_unary(
        f"{SERVICE}/ModelReady",
        request_serializer=service_pb2.ModelReadyRequest.SerializeToString,
        response_deserializer=service_pb2.ModelReadyResponse.FromString,
    )
    request = service_pb2.ModelReadyRequest(name=model)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if ready(request).ready:
                return
        except grpc.RpcError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit(f"{model} is not ready after {START_SECONDS} s")
        time.sleep(0.01)


def load(infer, options):
    """Seconds of each request answered after the warm-up, and all failures' codes."""
    requests = list(messages(options.model, options.rows))
    end = time.monotonic() + options.warm_up + options.duration
    taken, failures = [], []

    def client(number):
        i = number
        while (start := time.monotonic()) < end:
            try:
                infer(requests[i % len(requests)])
                now = time.monotonic()
                taken.append((now, now - start))
            except grpc.RpcError as error:
                failures.append(error.code().name)
            i += options.concurrency

    threads = [
        threading.Thread(target=client, args=(i,)) for i in range(options.concurrency)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begin = end - options.duration
    return [seconds for at, seconds in taken if begin <= at < end], failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--warm_up", type=float, default=1)
    parser.add_argument("--duration", type=float, default=4)
    parser.add_argument("--once", action="store_true", help="only one request")
    options = parser.parse_args()
    with grpc.insecure_channel(options.address) as channel:
        wait_until_ready(channel, options.model)
        infer = channel.unary_unary(f"{SERVICE}/ModelInfer")  # bytes in, bytes out
        if options.once:
            infer(next(messages(options.model, options.rows)))
            return
        seconds, failures = load(infer, options)
    if not seconds:
        raise SystemExit(f"no request was answered; failures: {failures[:3]}")
    rate = len(seconds) / options.duration
    p50, p99 = numpy.percentile(seconds, [50, 99])
    print(
        json.dumps(
            {
                "latency_seconds": {"p50": p50, "p99": p99},
                "per_second": {"requests": rate},
                "requests": {"failed": len(failures)},
            }
        )
    )


if __name__ == "__main__":
    main()
