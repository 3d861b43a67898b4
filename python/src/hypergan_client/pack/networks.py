"""The modules of packed checkpoints, written for TorchScript, which compiles them."""

import torch


class Members(torch.nn.Module):
    """Network n is one of k members, each with the probability 1 / k."""

    def __init__(self, members: list[torch.nn.Module]) -> None:
        super().__init__()
        self.members = torch.nn.ModuleList(members)
        shares = torch.arange(1, len(members), dtype=torch.float64) / len(members)
        bounds = torch.special.ndtri(shares).to(torch.float32)
        self.register_buffer("bounds", bounds)

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        member = torch.bucketize(noise[:, 0].contiguous(), self.bounds, right=True)
        return [member.to(torch.float32).unsqueeze(1)]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        member = weights[0][:, 0].round().to(torch.int64)
        # Members that no network is, are not asked.
        answers: list[torch.Tensor] = []
        places: list[int] = []
        for number, network in enumerate(self.members):
            places.append(len(answers))
            if bool((member == number).any()):
                answers.append(network(inputs))
        place = torch.tensor(places, dtype=torch.int64, device=member.device)
        return torch.stack(answers).index_select(0, place.index_select(0, member))

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))


class Masked(torch.nn.Module):
    """Network n keeps the units whose noise is below their bound, and scales them."""

    def __init__(
        self, network: torch.nn.Module, bounds: torch.Tensor, scales: torch.Tensor
    ) -> None:
        super().__init__()
        self.network = network  # takes inputs and the masks of all layers, in a row
        self.register_buffer("bounds", bounds)
        self.register_buffer("scales", scales)

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        return [(noise < self.bounds).to(torch.float32) * self.scales]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        answers: list[torch.Tensor] = []
        for mask in weights[0].unbind(0):
            answers.append(self.network(inputs, mask))
        return torch.stack(answers)

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))


class LastLayer(torch.nn.Module):
    """Networks that share all but the last layer, which is drawn from a normal
    distribution: the mean and `root` times noise."""

    def __init__(
        self, features: torch.nn.Module, mean: torch.Tensor, root: torch.Tensor
    ) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("mean", mean)  # [K, D + 1], the bias at the end
        self.register_buffer("root", root)  # [K (D + 1), K (D + 1)]

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        drawn = noise.matmul(self.root.t()).view(
            -1, self.mean.size(0), self.mean.size(1)
        )
        layer = self.mean + drawn
        return [layer[:, :, :-1].contiguous(), layer[:, :, -1].contiguous()]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        features = self.features(inputs)
        outputs = torch.einsum("nkd,bd->nbk", [weights[0], features])
        return (outputs + weights[1].unsqueeze(1)).contiguous()

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))
