"""What an ensemble should answer, by the formulas, in float64."""

import numpy as np


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def entropy(p):
    return -(p * np.log(p)).sum(axis=-1)


def classification(logits):
    """Of logits [N, B, K]: each figure of the answer by its name."""
    members = softmax(logits.astype(np.float64))
    mean = members.mean(axis=0)
    networks = len(members)
    deviations = members - mean
    variance = (deviations**2).sum(axis=0) / max(networks - 1, 1)
    predictive = entropy(mean)
    expected = entropy(members).mean(axis=0)
    return {
        "members": members,
        "mean": mean,
        "variance": variance,
        "predictive_entropy": predictive,
        "expected_entropy": expected,
        "mutual_information": np.maximum(predictive - expected, 0),
        "total_variance": variance.sum(axis=-1),
        "max_probability": mean.max(axis=-1),
    }


SCORES = (
    "predictive_entropy",
    "expected_entropy",
    "mutual_information",
    "total_variance",
    "max_probability",
)


def array(tensor):
    """The protocol's Tensor as a numpy array."""
    return np.frombuffer(tensor.raw, "<f4").reshape(tuple(tensor.shape))


def scores(response, name):
    return np.array([getattr(row, name) for row in response.scores])


def assert_answers(response, figures, tolerance=1e-5):
    """Mean, variance and every score of the response are those figures."""
    near = {"rtol": 0, "atol": tolerance}
    np.testing.assert_allclose(array(response.mean), figures["mean"], **near)
    np.testing.assert_allclose(array(response.variance), figures["variance"], **near)
    for name in SCORES:
        np.testing.assert_allclose(
            scores(response, name), figures[name], err_msg=name, **near
        )
