"""The shape of scikit-learn over a server and over a checkpoint."""

import numpy as np
import pytest
import served
from running_server import RunningServer
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.metrics import accuracy_score, log_loss, r2_score

from hypergan_client import Client, local
from hypergan_client.estimator import EnsembleClassifier, EnsembleRegressor

ASKED = {"networks": 30, "seed": 4}


@pytest.fixture(params=["served", "local"])
def source_of(request, client, repository):
    """The source of a model by its name, and what else an estimator takes."""

    def find(name):
        if request.param == "served":
            return {"source": client, "model": name, **ASKED}
        (version,) = (repository / name).iterdir()
        return {"source": local.load(version), **ASKED}

    return find


def test_a_classifier_gives_probabilities_and_numbers_of_classes(
    source_of, client, rows
):
    classifier = EnsembleClassifier(**source_of("kinds"))
    answer = client.predict(rows, model="kinds", **ASKED)
    flat = rows.reshape(7, -1)
    np.testing.assert_allclose(classifier.predict_proba(flat), answer.mean, atol=1e-5)
    np.testing.assert_array_equal(classifier.predict(rows), answer.classes)
    assert list(classifier.classes_) == [0, 1, 2, 3]
    truth = np.array([0, 1, 2, 3, 0, 1, 2])
    assert classifier.score(flat, truth) == accuracy_score(truth, answer.classes)
    loss = log_loss(truth, classifier.predict_proba(flat), labels=classifier.classes_)
    assert np.isfinite(loss)


def test_a_regressor_gives_values_and_deviations(source_of, client, rows):
    regressor = EnsembleRegressor(**source_of("values"))
    answer = client.predict(rows, model="values", **ASKED)
    mean, deviation = regressor.predict(rows.reshape(7, -1), return_std=True)
    np.testing.assert_allclose(mean, answer.mean, atol=1e-5)
    np.testing.assert_allclose(deviation, answer.std, atol=1e-5)
    truth = np.random.default_rng(1).normal(size=(7, 4))
    assert regressor.score(rows, truth) == pytest.approx(
        r2_score(truth, answer.mean), abs=1e-4
    )


@pytest.fixture(params=["served", "local"])
def truth_source(request, tmp_path_factory):
    """Of the models that know their data."""
    folder = served.write_models_of_truth(tmp_path_factory.mktemp("truth"))
    with RunningServer(folder) as server, Client(server.address) as client:

        def find(name):
            if request.param == "served":
                return {"source": client, "model": name, **ASKED}
            return {"source": local.load(folder / name / "1"), **ASKED}

        yield find


def test_intervals_and_sets_have_the_shape_of_the_answers(truth_source, rows):
    regressor = EnsembleRegressor(**truth_source("noisy"))
    flat = rows.reshape(7, -1)
    answer = regressor.ask(flat, coverage=0.8)
    np.testing.assert_array_equal(
        regressor.predict_interval(flat, coverage=0.8), answer.interval
    )
    low, high = regressor.predict_interval(flat)
    assert low.shape == high.shape == (7, 4)
    assert (low < answer.interval.low).all()
    classifier = EnsembleClassifier(**truth_source("labelled"))
    sets = classifier.predict_set(flat, coverage=0.6)
    answer = classifier.ask(flat, coverage=0.6)
    assert sets.shape == (7, 4)
    assert sets.dtype == bool
    for row, classes in zip(sets, answer.prediction_sets):
        assert list(np.flatnonzero(row)) == sorted(classes)
    with pytest.raises(ValueError, match="a regression's model"):
        EnsembleRegressor(**truth_source("labelled")).predict_interval(rows)
    with pytest.raises(ValueError, match="a classification's model"):
        EnsembleClassifier(**truth_source("noisy")).predict_set(rows)


def test_it_is_copied_and_inspected_but_not_fitted(source_of, rows):
    classifier = EnsembleClassifier(**source_of("kinds"))
    assert set(classifier.get_params(deep=False)) == {
        "source",
        "model",
        "networks",
        "seed",
    }
    with pytest.raises(TypeError, match="trained already"):
        classifier.fit(rows, [0] * 7)
    many = np.random.default_rng(2).normal(size=(40, 6)).astype(np.float32)
    found = permutation_importance(
        classifier, many, classifier.predict(many), n_repeats=2, random_state=1
    )
    assert found.importances_mean.shape == (6,)
    assert found.importances_mean.max() > 0


def test_a_checkpoint_can_be_cloned_with_its_estimator(repository):
    source = local.load(repository / "kinds" / "3")
    estimator = EnsembleClassifier(source, networks=3)
    assert clone(estimator, safe=False).networks == 3


def test_a_regression_is_no_classifier(source_of):
    with pytest.raises(ValueError, match="classification"):
        EnsembleClassifier(**source_of("values")).predict(
            np.zeros((1, *served.INPUT_SHAPE))
        )
