"""What the peers of bench/serving.py have in common."""

import argparse
import socket


def options(description):
    """Their command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("checkpoint")
    parser.add_argument("--workers", type=int, default=1, help="requests at once")
    parser.add_argument("--threads", type=int, default=2, help="of LibTorch's, each")
    parser.add_argument(
        "--networks",
        type=int,
        nargs="+",
        default=[10, 100],
        help="of an answer: one model `networks-N` for each",
    )
    return parser.parse_args()


def free_port():
    """For servers that cannot say which port they were given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def serve(server):
    """Runs a server of grpc.aio on a free port."""
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    announce(port)
    await server.wait_for_termination()


def announce(port):
    """The line that bench/serving.py waits for."""
    print(f"listening on 127.0.0.1:{port}", flush=True)
