"""Times one training step in the form of HyperGAN's published Python code.

The same job as hypergan-trainer's step: 10 networks on 100 MNIST-sized images. The
published form: BatchNorm in mixer and generators, a Python loop over the networks,
contiguous images, activation before pooling, one optimiser each for the mixer, every
generator and the discriminator. Written from the paper's description for comparison.

    python bench/baselines/published_step.py IMAGES_IDX_GZ [threads] [steps]
"""

import statistics
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from digits import digits
from torch import nn

NETWORKS, ROWS, NOISE, CODE, HIDDEN = 10, 100, 256, 64, 512
TARGET = [(32, 1, 5, 5), (32, 32, 5, 5), (10, 512)]


def images(path):
    return torch.from_numpy(digits(path)[:6000])


def mlp(sizes, activation):
    layers = []
    for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs)]
        layers += [activation()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1], bias=False))


class HyperGan:
    def __init__(self):
        self.mixer = mlp([NOISE, HIDDEN, HIDDEN, CODE * len(TARGET)], nn.ReLU)
        self.generators = [
            mlp([CODE, HIDDEN, HIDDEN, numpy.prod(s) + s[0]], nn.ELU) for s in TARGET
        ]
        self.discriminator = nn.Sequential(
            nn.Linear(CODE, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 1),
        )
        trained = [self.mixer, *self.generators]
        self.optimizers = [torch.optim.Adam(m.parameters(), 1e-4) for m in trained]
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), 1e-4)

    def step(self, inputs, labels):
        codes = self.mixer(torch.randn(NETWORKS, NOISE)).view(NETWORKS, -1, CODE)
        self.train_discriminator(codes.detach())
        weights = [g(codes[:, i]) for i, g in enumerate(self.generators)]
        loss = F.softplus(-self.discriminator(codes)).mean()
        for n in range(NETWORKS):
            loss = (
                loss
                + F.cross_entropy(self.predict(inputs, weights, n), labels) / NETWORKS
            )
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.item()

    def train_discriminator(self, codes):
        self.optimizer_d.zero_grad()
        loss = F.softplus(-self.discriminator(torch.randn_like(codes))).mean()
        loss = loss + F.softplus(self.discriminator(codes)).mean()
        loss.backward()
        self.optimizer_d.step()

    @staticmethod
    def predict(inputs, weights, n):
        h = inputs
        for layer, shape in zip(weights, TARGET):
            size = numpy.prod(shape)
            w, b = layer[n, :size].view(shape), layer[n, size:]
            if len(shape) == 4:
                h = F.max_pool2d(F.leaky_relu(F.conv2d(h, w, b)), 2)
            else:
                h = F.linear(h.flatten(1), w, b)
        return h


def main():
    path = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    data = (images(path) - 0.1307) / 0.3081
    model = HyperGan()
    seconds = []
    for i in range(steps + 3):
        rows = torch.arange(i * ROWS, (i + 1) * ROWS) % len(data)
        start = time.perf_counter()
        model.step(data[rows], rows % 10)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[3:])
    print(
        f"published form: {median * 1e3:.1f} ms a step, "
        f"{NETWORKS * ROWS / median:.0f} networks x images a second, {threads} threads"
    )


if __name__ == "__main__":
    main()
