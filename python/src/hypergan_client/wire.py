"""Between the protocol's messages and arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from google.protobuf.duration_pb2 import Duration

from hypergan_client.errors import malformed
from hypergan_client.input_range import bounded
from hypergan_client.model import (
    Calibration,
    InputRange,
    LabelCalibration,
    Manifest,
    Model,
)
from hypergan_client.prediction import (
    Booleans,
    Doubles,
    Floats,
    Integers,
    Interval,
    Prediction,
    Scores,
    Timing,
)
from hypergan_client.protocol import ensemble_pb2 as pb

OUTPUTS = ("mean", "variance", "scores", "classes")


def to_outputs(names: Iterable[str]) -> list[pb.Output]:
    """The protocol's numbers of outputs; ValueError for a name that is none."""
    numbers = []
    for name in names:
        if name not in OUTPUTS:
            raise ValueError(f"outputs: expected some of {OUTPUTS}, got {name!r}")
        numbers.append(pb.Output.Value(f"OUTPUT_{name.upper()}"))
    return numbers


def to_tensor(rows: Floats) -> pb.Tensor:
    return pb.Tensor(shape=rows.shape, raw=rows.tobytes())


def to_model(message: pb.Model) -> Model:
    manifest = message.manifest
    task = _enum_name(pb.Task, manifest.task, "TASK_")
    return Model(
        name=message.name,
        version=message.version,
        manifest=Manifest(
            task=task or "unknown",
            noise_size=manifest.noise_size,
            input_shape=tuple(manifest.input_shape),
            num_outputs=manifest.num_outputs,
            members=max(1, manifest.members),
            pool_temperature=manifest.pool_temperature or 1.0,
            class_names=tuple(manifest.class_names),
            default_num_networks=manifest.default_num_networks,
            target_network=manifest.target_network,
            calibration=_to_calibration(manifest),
            noise_deviation=tuple(manifest.noise_deviation),
            label_calibration=_to_label_calibration(manifest),
            input_range=_to_input_range(manifest),
            input_names=tuple(manifest.input_names),
            output_names=tuple(manifest.output_names),
            provenance=dict(manifest.provenance),
            validation=dict(manifest.validation),
        ),
        manifest_json=message.manifest_json,
        max_networks=message.max_networks,
        max_rows=message.max_rows,
        max_row_networks=message.max_row_networks,
        max_request_bytes=message.max_request_bytes,
        max_response_bytes=message.max_response_bytes,
    )


def to_prediction(
    response: pb.PredictResponse,
    manifest: Manifest,
    rows: int,
    wanted: Sequence[str] = OUTPUTS,
    has_coverage: bool = False,
) -> Prediction:
    """An answer about so many rows; InternalError if it does not hold together."""
    outputs = manifest.num_outputs
    shape = (rows, outputs)
    networks = response.num_networks
    classification = manifest.is_classification
    known = "classes" in wanted and classification
    if known and len(response.classes) != rows:
        raise malformed("classes", rows, len(response.classes))
    members = response.HasField("network_outputs")
    single = "largest_standard_error"
    return Prediction(
        model=response.model_name,
        version=response.model_version,
        num_networks=networks,
        seed=response.seed if response.HasField("seed") else None,
        sampling=_enum_name(pb.Sampling, response.sampling, "SAMPLING_") or "unknown",
        stop_reason=_enum_name(pb.StopReason, response.stop_reason, "STOP_REASON_"),
        output_names=manifest.names_of_outputs,
        largest_standard_error=(
            response.largest_standard_error if response.HasField(single) else None
        ),
        timing=Timing(
            _seconds(response.timing.queue),
            _seconds(response.timing.sampling),
            _seconds(response.timing.prediction),
        ),
        classes=(
            np.array([row.index for row in response.classes], np.int32)
            if known
            else None
        ),
        class_names=(
            np.array([row.name for row in response.classes], np.str_)
            if known and manifest.class_names
            else None
        ),
        is_ood=_to_is_ood(response.scores),
        network_outputs=(
            _to_array(
                "network_outputs", response.network_outputs, (networks, rows, outputs)
            )
            if members
            else None
        ),
        noise_variance=_to_array_if_told("noise_variance", response, shape),
        predictive_variance=_to_array_if_told("predictive_variance", response, shape),
        interval=(
            _to_interval(response, shape)
            if has_coverage and not classification
            else None
        ),
        prediction_sets=(
            _to_sets(response.prediction_sets, rows, outputs)
            if has_coverage and classification
            else None
        ),
        warnings=bounded(response.warnings),
        _mean=_to_array("mean", response.mean, shape) if "mean" in wanted else None,
        _variance=(
            _to_array("variance", response.variance, shape)
            if "variance" in wanted
            else None
        ),
        _scores=_to_scores(response.scores, rows) if "scores" in wanted else None,
    )


def _to_array(what: str, tensor: pb.Tensor, shape: tuple[int, ...]) -> Floats:
    if tuple(tensor.shape) != shape:
        raise malformed(what, f"the shape {list(shape)}", list(tensor.shape))
    if tensor.raw:
        values = np.frombuffer(tensor.raw, "<f4") if len(tensor.raw) % 4 == 0 else None
    else:
        values = np.array(tensor.values, np.float32)
    expected = int(np.prod(shape))
    if values is None or values.size != expected:
        got = f"{len(tensor.raw)} bytes and {len(tensor.values)} numbers"
        raise malformed(what, f"{expected} numbers", got)
    return values.reshape(shape).astype(np.float32)  # a copy that may be written to


def _to_array_if_told(
    what: str, response: pb.PredictResponse, shape: tuple[int, ...]
) -> Floats | None:
    if not response.HasField(what):
        return None
    return _to_array(what, getattr(response, what), shape)


def _to_interval(response: pb.PredictResponse, shape: tuple[int, ...]) -> Interval:
    return Interval(
        _to_array("interval_low", response.interval_low, shape),
        _to_array("interval_high", response.interval_high, shape),
    )


def _to_sets(
    messages: Sequence[pb.PredictionSet], rows: int, outputs: int
) -> tuple[Integers, ...]:
    if len(messages) != rows:
        raise malformed("prediction_sets", f"those of {rows} rows", len(messages))
    sets = tuple(np.array(message.classes, np.int32) for message in messages)
    for classes in sets:
        if not 1 <= len(classes) <= outputs or not (
            classes.min() >= 0 and classes.max() < outputs
        ):
            raise malformed(
                "a prediction set", f"some of {outputs} classes", list(classes[:10])
            )
    return sets


def _to_scores(messages: Sequence[pb.Scores], rows: int) -> Scores:
    if len(messages) != rows:
        raise malformed("scores", f"those of {rows} rows", len(messages))

    def column(name: str) -> Doubles:
        return np.array(
            [getattr(row, name) if row.HasField(name) else np.nan for row in messages],
            np.float64,
        )

    return Scores(
        predictive_entropy=column("predictive_entropy"),
        expected_entropy=column("expected_entropy"),
        mutual_information=column("mutual_information"),
        total_variance=column("total_variance"),
        max_probability=column("max_probability"),
        ood_score=column("ood_score"),
    )


def _to_is_ood(messages: Sequence[pb.Scores]) -> Booleans | None:
    if not messages or not all(row.HasField("is_ood") for row in messages):
        return None
    return np.array([row.is_ood for row in messages], np.bool_)


def _to_calibration(manifest: pb.Manifest) -> Calibration | None:
    if not manifest.HasField("calibration"):
        return None
    message = manifest.calibration
    quantiles = {message.networks: tuple(message.quantiles)}
    for other in message.other_networks:
        quantiles[other.networks] = tuple(other.quantiles)
    return Calibration(
        primary_score=message.primary_score,
        rows=message.rows,
        threshold=message.threshold,
        quantiles=quantiles,
    )


def _to_label_calibration(manifest: pb.Manifest) -> LabelCalibration | None:
    rows = manifest.label_calibration_rows
    return LabelCalibration(rows) if rows > 0 else None


def _to_input_range(manifest: pb.Manifest) -> InputRange | None:
    least, greatest = tuple(manifest.input_least), tuple(manifest.input_greatest)
    return InputRange(least, greatest) if least else None


def _enum_name(kind: Any, number: int, prefix: str) -> str | None:
    """As "target_reached"; None for UNSPECIFIED, "unknown" for a newer server's."""
    if number == 0:
        return None
    if number not in kind.values():
        return "unknown"
    return str(kind.Name(number)).removeprefix(prefix).lower()


def _seconds(duration: Duration) -> float:
    return float(duration.seconds) + float(duration.nanos) / 1e9
