"""Asks a served regression about two numbers (`pip install ./python`)."""

import os

from hypergan_client import Client

x = [[0.5], [6.0]]  # among the training rows, and far out
with Client(os.environ.get("SERVER", "127.0.0.1:8001")) as client:
    answer = client.predict(x, model="regression-1d", networks=100, coverage=0.95)

for row, score in enumerate(answer.scores.ood_score):
    mean, deviation = answer.mean[row, 0], answer.std[row, 0]
    low, high = answer.interval.low[row, 0], answer.interval.high[row, 0]
    print(f"f({x[row][0]}) = {mean:.2f} +- {deviation:.2f}, ood_score {score:.3f}")
    print(f"  95 %: {low:.1f} to {high:.1f}, is_ood {answer.is_ood[row]}")
print(f"the same {answer.num_networks} networks again: seed={answer.seed}")
