"""Predictions from a checkpoint, without a server.

    model = hypergan_client.local.load("models/regression-1d/1/model.pt")
    prediction = model.predict([[0.5], [6.0]], networks=100, seed=7)

The same seed gives the networks that a server draws, and its answer to 1e-5. A
`model.pt` is a program: load only those whose origin you trust; it takes PyTorch. A
`model.safetensors` is data, and takes numpy alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hypergan_client import described
from hypergan_client.described import DescribedModel
from hypergan_client.input_range import far_rows_text, warn
from hypergan_client.model import Manifest
from hypergan_client.moments import Moments, is_ood, softmax
from hypergan_client.noise import draw_noise
from hypergan_client.prediction import (
    Doubles,
    Floats,
    Prediction,
    Timing,
)
from hypergan_client.predictive import (
    central_interval,
    check_coverage,
    least_probability,
    noise_variance,
    prediction_sets,
)
from hypergan_client.question import Options, fresh_seed, join
from hypergan_client.rows import as_rows
from hypergan_client.wire import OUTPUTS, to_outputs

if TYPE_CHECKING:
    import torch

MANIFEST = "manifest.json"
# Of one piece of work: numbers that the networks of the piece say.
PIECE_NETWORKS = 128
PIECE_NUMBERS = 1 << 22
PIECE_ROWS = 4096


class LocalModel:
    """A checkpoint: samples networks, and asks them."""

    def __init__(
        self, module: Any, manifest: Manifest, name: str = "", version: str = ""
    ) -> None:
        self.module = module
        self.manifest = manifest
        self.name = name
        self.version = version

    def noise(self, seed: int, networks: int, first: int = 0) -> Floats:
        """float32 [networks, noise_size]: of the networks from `first` on."""
        return draw_noise(
            seed, first, networks, self.manifest.noise_size, self.manifest.members
        )

    def sample(self, seed: int, networks: int, first: int = 0) -> list[Any]:
        """The weight sets of these networks, [networks, ...]: tensors, or arrays of a
        checkpoint without code."""
        noise = self.noise(seed, networks, first)
        if isinstance(self.module, DescribedModel):
            return self.module.generate(noise)
        import torch

        with torch.inference_mode():
            weights: list[torch.Tensor] = self.module.generate(torch.from_numpy(noise))
        return weights

    def predict(
        self,
        inputs: npt.ArrayLike,
        *,
        networks: int | None = None,
        seed: int | None = None,
        outputs: Sequence[str] | None = None,
        include_network_outputs: bool = False,
        coverage: float | None = None,
    ) -> Prediction:
        """As Client.predict: no `networks` is the model's default, no `seed` a new
        one. A `coverage` that this checkpoint cannot give is refused as by a server."""
        rows = as_rows(inputs, self.manifest.input_shape)
        if not np.isfinite(rows).all():
            raise ValueError("inputs: expected finite values, got some that are not")
        options = Options(
            networks=_networks(networks, self.manifest),
            seed=fresh_seed() if seed is None else seed,
            outputs=OUTPUTS if outputs is None else outputs,
            include_network_outputs=include_network_outputs,
            coverage=coverage,
        )
        if coverage is not None:
            check_coverage(coverage, self.manifest)
        to_outputs(options.outputs or ())  # ValueError for what is none
        sampling = "fresh" if seed is None else "seeded"
        pieces = range(0, len(rows), PIECE_ROWS)
        answer = join(
            [self._ask(rows[at : at + PIECE_ROWS], options, sampling) for at in pieces]
        )
        text = far_rows_text(rows, self.manifest.input_range)
        if text is None:
            return answer
        warn([text])
        return replace(answer, warnings=(text,))

    def _ask(self, rows: Floats, options: Options, sampling: str) -> Prediction:
        manifest = self.manifest
        moments = Moments(
            len(rows),
            manifest.num_outputs,
            manifest.is_classification,
            manifest.pool_temperature,
        )
        members = []
        for answers in self._answers(rows, options):
            moments.add(answers)
            if options.include_network_outputs:
                members.append(answers.astype(np.float32))
        scores = moments.scores(manifest.calibration)
        mean = moments.answered().astype(np.float32)
        variance = moments.variance().astype(np.float32)
        wanted = options.outputs or ()
        classes = mean.argmax(axis=-1).astype(np.int32)
        known = manifest.is_classification and "classes" in wanted
        return Prediction(
            model=self.name,
            version=self.version,
            num_networks=moments.networks,
            seed=options.seed,
            sampling=sampling,
            stop_reason="all_networks",
            output_names=manifest.names_of_outputs,
            largest_standard_error=moments.largest_standard_error(),
            timing=Timing(),
            classes=classes if known else None,
            class_names=(
                np.array(manifest.class_names)[classes]
                if known and manifest.class_names
                else None
            ),
            is_ood=(
                is_ood(manifest.calibration, scores.ood_score)
                if manifest.calibration is not None and "scores" in wanted
                else None
            ),
            network_outputs=np.concatenate(members) if members else None,
            **self._truth(mean, variance, options),
            warnings=(),
            _mean=mean if "mean" in wanted else None,
            _variance=variance if "variance" in wanted else None,
            _scores=scores if "scores" in wanted else None,
        )

    def _truth(self, mean: Floats, variance: Floats, options: Options) -> Any:
        """The fields of a Prediction that say where the truth will be."""
        fields: dict[str, Any] = dict.fromkeys(
            ("noise_variance", "predictive_variance", "interval", "prediction_sets")
        )
        manifest, coverage = self.manifest, options.coverage
        if manifest.noise_deviation:
            noise = noise_variance(manifest, len(mean))
            predictive = (noise + variance).astype(np.float32)
            if "variance" in (options.outputs or ()):
                fields["noise_variance"] = noise.astype(np.float32)
                fields["predictive_variance"] = predictive
            if coverage is not None:
                fields["interval"] = central_interval(mean, predictive, coverage)
        elif coverage is not None:
            least = least_probability(manifest.label_calibration, coverage)
            fields["prediction_sets"] = prediction_sets(mean, least)
        return fields

    def _answers(self, rows: Floats, options: Options) -> Iterator[Doubles]:
        """[n, B, K] of each piece of networks: probabilities or values."""
        networks, seed = options.networks or 0, options.seed or 0
        numbers = len(rows) * self.manifest.num_outputs
        piece = max(1, min(PIECE_NETWORKS, PIECE_NUMBERS // numbers))
        for first in range(0, networks, piece):
            weights = self.sample(seed, min(piece, networks - first), first)
            said = self._said(rows, weights)
            is_classification = self.manifest.is_classification
            yield softmax(said) if is_classification else said.astype(np.float64)

    def _said(self, rows: Floats, weights: list[Any]) -> Floats:
        """float32 [n, B, K] of these networks."""
        if isinstance(self.module, DescribedModel):
            return self.module.predict(rows, weights)
        import torch

        with torch.inference_mode():
            said: Floats = self.module.predict(torch.from_numpy(rows), weights).numpy()
        return said


def load(path: str | os.PathLike[str]) -> LocalModel:
    """Reads a checkpoint, `model.pt` or `model.safetensors`, or the folder of a version
    that has one; of both it is the former, as for a server."""
    file = Path(path)
    if file.is_dir():
        described_file = file / "model.safetensors"
        file = file / "model.pt"
        if not file.is_file() and described_file.is_file():
            file = described_file
    if not file.is_file():
        raise FileNotFoundError(f"{file}: expected a checkpoint, found no file")
    module, text = (
        described.read(file) if file.suffix == ".safetensors" else _read_script(file)
    )
    manifest = Manifest.from_json(text)
    folder = file.resolve().parent
    is_version = folder.name.isdecimal()
    return LocalModel(
        module,
        manifest,
        name=folder.parent.name if is_version else file.stem,
        version=folder.name if is_version else "",
    )


def _read_script(file: Path) -> tuple[Any, str]:
    """The module and its manifest's text."""
    import torch

    extra = {MANIFEST: ""}
    module = torch.jit.load(str(file), map_location="cpu", _extra_files=extra)
    text: str | bytes = extra[MANIFEST]
    if not text:
        raise ValueError(f"{file}: expected the extra file {MANIFEST}, got none")
    return module.eval(), text if isinstance(text, str) else text.decode()


def _networks(networks: int | None, manifest: Manifest) -> int:
    count = manifest.default_num_networks if networks is None else networks
    if count < 1:
        raise ValueError(f"networks: expected at least 1, got {count}")
    return count
