"""The noise of a seed, bit for bit as docs/noise.md defines it.

The words are Philox4x32-10's (Salmon et al., 2011), the normals Box and Muller's, in
IEEE doubles with + - * / and the square root alone, which every machine rounds alike.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from hypergan_client.prediction import Doubles, Floats

Words = npt.NDArray[np.uint64]  # 32 bits each, so that products fit

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUNDS = 10
_MEMBER_KEY = 0x6D656D62 << 32  # "memb"
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_PI = float.fromhex("0x1.921fb54442d18p+1")
_SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")


def draw_noise(
    seed: int, first: int, count: int, size: int, members: int = 1
) -> Floats:
    """float32 [count, size]: of the networks first .. first + count - 1.

    With `members` above 1 the first number says which of so many a network is of;
    each block of `members` networks has each of them once.
    """
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed: expected 0..2^64 - 1, got {seed}")
    networks = np.arange(first, first + count, dtype=np.uint64)[:, np.newaxis]
    blocks = np.arange(-(-size // 4), dtype=np.uint64)[np.newaxis, :]
    words = _philox(seed, *np.broadcast_arrays(blocks, networks))
    normals = [*_box_muller(words[0], words[1]), *_box_muller(words[2], words[3])]
    noise = np.stack(normals, axis=-1).reshape(count, -1)[:, :size]
    noise = np.ascontiguousarray(noise, dtype=np.float32)
    if members > 1:
        picked = [_member(seed, n, members) for n in range(first, first + count)]
        noise[:, 0] = [NormalDist().inv_cdf((k + 0.5) / members) for k in picked]
    return noise


def _member(seed: int, network: int, members: int) -> int:
    block, place = divmod(network, members)
    return _order(seed, block, members)[place]


@lru_cache(maxsize=16)
def _order(seed: int, block: int, members: int) -> list[int]:
    """A permutation, by Fisher and Yates."""
    blocks = np.arange(-(-members // 4), dtype=np.uint64)
    words = _philox(seed ^ _MEMBER_KEY, blocks, np.full_like(blocks, block))
    stream = iter(np.stack(words, axis=-1).ravel().tolist())
    order = list(range(members))
    for left in range(members, 1, -1):
        other = next(stream) * left >> 32
        order[left - 1], order[other] = order[other], order[left - 1]
    return order


def _philox(seed: int, block: Words, network: Words) -> tuple[Words, ...]:
    """The four words of each block of each network."""
    key = [seed & 0xFFFFFFFF, seed >> 32]
    w0, w1 = block & _LOW, block >> _HALF
    w2, w3 = network & _LOW, network >> _HALF
    for _ in range(_ROUNDS):
        first, second = w0 * _MULTIPLIERS[0], w2 * _MULTIPLIERS[1]
        w0 = (second >> _HALF) ^ w1 ^ np.uint64(key[0])
        w2 = (first >> _HALF) ^ w3 ^ np.uint64(key[1])
        w1, w3 = second & _LOW, first & _LOW
        key = [(k + step) & 0xFFFFFFFF for k, step in zip(key, _KEY_STEPS)]
    return w0, w1, w2, w3


def _box_muller(a: Words, b: Words) -> tuple[Doubles, Doubles]:
    """Two normals of each pair of words."""
    radius = np.sqrt(-2.0 * _log((a.astype(np.float64) + 0.5) * 2.0**-32))
    # The angle of a turn: its nearest quarter, and the rest in -1/8..1/8.
    quarter = ((b + np.uint64(1 << 29)) & _LOW) >> np.uint64(30)
    rest = (b - (quarter << np.uint64(30))).astype(np.uint32).view(np.int32)
    x = (rest.astype(np.float64) + 0.5) * 2.0**-31 * _PI
    sine, cosine = _sine(x), _cosine(x)
    turn = quarter.astype(np.int64)
    return (
        radius * np.choose(turn, [cosine, -sine, -cosine, sine]),
        radius * np.choose(turn, [sine, cosine, -sine, -cosine]),
    )


def _log(u: Doubles) -> Doubles:
    mantissa, exponent = np.frexp(u)
    small = mantissa < _SQRT_HALF
    mantissa = np.where(small, 2.0 * mantissa, mantissa)
    exponent = exponent - small
    s = (mantissa - 1.0) / (mantissa + 1.0)
    t = s * s
    series = np.full_like(s, 1.0 / 21.0)
    for k in range(19, 0, -2):
        series = series * t + 1.0 / k
    result: Doubles = exponent * _LN2 + 2.0 * s * series
    return result


def _sine(x: Doubles) -> Doubles:
    t = x * x
    series = np.ones_like(x)
    for k in range(16, 1, -2):
        series = 1.0 - series * t / (k * (k + 1))
    return x * series


def _cosine(x: Doubles) -> Doubles:
    t = x * x
    series = np.ones_like(x)
    for k in range(17, 0, -2):
        series = 1.0 - series * t / (k * (k + 1))
    return series
