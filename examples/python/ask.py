"""Asks a served regression about two numbers (`pip install ./python`)."""

import os

from hypergan_client import Client

with Client(os.environ.get("SERVER", "127.0.0.1:8001")) as client:
    x = [[0.5], [6.0]]  # among the training rows, and far out
    answer = client.predict(x, model="regression-1d", networks=100)

for row, mean, std, ood_score in zip(x, answer.mean, answer.std, answer.scores.ood_score):
    print(f"f({row[0]}) = {mean[0]:.2f} +- {std[0]:.2f}, ood_score {ood_score:.3f}")
print(f"the same {answer.num_networks} networks again: seed={answer.seed}")
