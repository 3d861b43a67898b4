"""Checkpoints under the contract that end, hold or fill the process that opens them.

Nothing about the files is wrong: only what their methods do is.
"""

import scripted
import torch


class _Generates(scripted.ScriptedHyperGan):
    """Where each of these does its harm."""


class ReadsBeyondMemory(_Generates):
    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        places = torch.full([1, 1], 1 << 40, dtype=torch.int64)
        sparse = torch.ops.aten._sparse_coo_tensor_unsafe(places, torch.ones([1]), [2])
        return [noise + sparse.to_dense().sum()]


class NeverEnds(_Generates):
    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        while bool((noise == noise).any()):
            noise = noise + 0.0
        return [noise]


class FillsMemory(_Generates):
    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        kept: list[torch.Tensor] = []
        for _ in range(1 << 20):
            kept.append(torch.ones([1 << 24]))
        return kept


class AsksForAllMemory(_Generates):
    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        return [torch.ones([1 << 44])]


MODULES = {
    "beyond": (ReadsBeyondMemory, "opening it ends the process that does, by SIG"),
    "endless": (NeverEnds, "took more than --max_check_time"),
    "full": (FillsMemory, "within what --max_check_bytes allows"),
    "greedy": (AsksForAllMemory, "within what --max_check_bytes allows"),
}
