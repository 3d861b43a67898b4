"""The noise of an ensemble, bit for bit as docs/noise.md defines it.

Philox4x32-10 (Salmon et al., 2011) under the key `seed` at the counter (block,
network), then Box and Muller's transform in IEEE doubles with + - * / and the
square root alone, which every machine rounds alike.
"""

from statistics import NormalDist

import numpy as np

_MASK = np.uint64(0xFFFFFFFF)
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_PI = float.fromhex("0x1.921fb54442d18p+1")
_SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")


def draw_noise(seed, first, count, size, members=1):
    """float32 [count, size]: the rows first .. first + count - 1."""
    blocks = -(-size // 4)
    network, block = np.meshgrid(
        np.arange(first, first + count, dtype=np.uint64),
        np.arange(blocks, dtype=np.uint64),
        indexing="ij",
    )
    words = _philox(seed, _halves(block) + _halves(network))
    pairs = _box_muller(words[0], words[1]) + _box_muller(words[2], words[3])
    noise = np.stack(pairs, axis=-1).reshape(count, -1)[:, :size]
    if members > 1:
        for row, network in zip(noise, range(first, first + count)):
            share = (_member(seed, network, members) + 0.5) / members
            row[0] = NormalDist().inv_cdf(share)
    return noise


def _member(seed, network, members):
    """Of the members shuffled, the one at the network's place."""
    block, place = divmod(network, members)
    order = np.arange(members)
    for left in range(members, 1, -1):
        draw = members - left
        counter = np.array([[draw // 4], [block]], dtype=np.uint64)
        words = _philox(
            seed ^ (0x6D656D62 << 32), [h for c in counter for h in _halves(c)]
        )
        word = int(words[draw % 4][0])
        order[[left - 1, word * left >> 32]] = order[[word * left >> 32, left - 1]]
    return order[place]


def _halves(values):
    return [values & _MASK, values >> np.uint64(32)]


def _philox(seed, counter):
    """Ten rounds; words are 32 bits, held in 64."""
    c0, c1, c2, c3 = counter
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        low0, high0 = _halves(c0 * np.uint64(0xD2511F53))
        low1, high1 = _halves(c2 * np.uint64(0xCD9E8D57))
        c0, c1 = high1 ^ c1 ^ np.uint64(k0), low1
        c2, c3 = high0 ^ c3 ^ np.uint64(k1), low0
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def _log(u):
    mantissa, exponent = np.frexp(u)  # in [1/2, 1)
    small = mantissa < _SQRT_HALF
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    s2 = s * s
    total = np.full_like(s, 1.0 / 21.0)
    for k in range(19, 0, -2):
        total = total * s2 + 1.0 / k
    return exponent * _LN2 + 2.0 * s * total


def _sin_cos(x):
    x2 = x * x
    sine = np.ones_like(x)
    for k in range(16, 1, -2):
        sine = 1.0 - sine * x2 / (k * (k + 1))
    cosine = np.ones_like(x)
    for k in range(17, 0, -2):
        cosine = 1.0 - cosine * x2 / (k * (k + 1))
    return x * sine, cosine


def _box_muller(a, b):
    u = (a.astype(np.float64) + 0.5) * 2.0**-32
    radius = np.sqrt(-2.0 * _log(u))
    quarter = ((b + np.uint64(0x20000000)) & _MASK) >> np.uint64(30)
    rest = (b - (quarter << np.uint64(30))).astype(np.uint32).view(np.int32)
    sine, cosine = _sin_cos((rest + 0.5) * 2.0**-31 * _PI)
    turn = quarter.astype(np.int64)
    cosines = np.choose(turn, [cosine, -sine, -cosine, sine])
    sines = np.choose(turn, [sine, cosine, -sine, -cosine])
    return [
        (radius * cosines).astype(np.float32),
        (radius * sines).astype(np.float32),
    ]
