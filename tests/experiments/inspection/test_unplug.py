"""Inputs with noise or with the values of other samples, compared with the whole model."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from components.experiments.inspection.basis.coalitions import Pace
from components.experiments.inspection.basis.results import Unplug
from components.experiments.inspection.split_model import SplitModel, split_model
from components.experiments.inspection.unplug import (
    COMBINATIONS,
    LADDERS,
    LEAST_SAMPLES,
    MOST_COMBINATIONS,
    ROWS,
    InputNoise,
    UnplugPlan,
    absent_samples,
    input_noises,
    unplug,
)
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import Blueprint, build_with_weights
from sample_data.core.dataset import Dataset
from sample_data.loading.synthetic import DataSpec, make, parse_data
from tests.experiments.training.support import BINARY, TWO_HEADS, fused, picture, series, vector

SAMPLES = 24
ROWS_OF = np.arange(100, 100 + SAMPLES)
PLAN = UnplugPlan(LADDERS[0], SAMPLES)
QUICK = Pace(1e-9, 1e-9)
WORDS = {"name": "words", "kind": "tokens", "length": 6}
TABLE = {"kind": "embedding", "depth": 1, "units": 4}
MIXED = fused(
    [
        picture(filters=2),
        {**WORDS, "encoder": TABLE},
        {**series(kind="gru", units=4), "length": 5, "padding": True},
    ],
    [BINARY],
)


def data_of(architecture: Architecture, relation: str = "additive") -> Dataset:
    return make(architecture, DataSpec(relation=parse_data(relation), samples=SAMPLES))


def unplugged(
    blueprint: Blueprint, data: Dataset
) -> tuple[SplitModel, Unplug, tuple[InputNoise, ...]]:
    model = split_model(blueprint, data.inputs, data.targets)
    noises = input_noises(blueprint.architecture, data.inputs, 3)
    result = unplug(model, noises, ROWS_OF, None, 3, PLAN)
    return model, result, noises


@pytest.mark.parametrize("architecture", [TWO_HEADS, MIXED], ids=["heads", "kinds"])
def test_each_combination_is_what_the_whole_model_predicts(architecture: Architecture) -> None:
    data, blueprint = data_of(architecture), build_with_weights(architecture)
    model, result, noises = unplugged(blueprint, data)
    assert result.levels == LADDERS[0]
    every = list(product(range(result.steps), repeat=len(model.inputs)))
    assert [result.combination(steps) for steps in every] == list(range(len(every)))
    for steps in every[:: len(every) // 8]:
        for head in model.heads:
            of = result.heads[head.name]
            for shown, row in enumerate(of.rows):
                sample = {}
                for m, (step, noise) in enumerate(zip(steps, noises, strict=True)):
                    removed = step == len(result.levels)
                    source = result.others[row][m] if removed else row
                    at = np.flatnonzero(source == ROWS_OF)
                    level = 0.0 if removed else result.levels[step]
                    array = data.inputs[model.inputs[m]][at]
                    sample[model.inputs[m]] = noise.add(array, np.array([source]), level)
                predicted = np.asarray(blueprint.model(sample)[head.name])
                number = result.combination(steps)
                if head.target == "values":
                    assert of.predicted[shown][number] == pytest.approx(predicted[0, 0], rel=1e-3)
                    continue
                label = int(head.classes(predicted)[0])
                one = predicted[0, 0 if head.target == "binary" else label]
                sure = one if label or head.target == "classes" else 1 - one
                assert of.predicted[shown][number] == label
                assert of.confidence[shown][number] == pytest.approx(sure, abs=1e-3)


def test_without_noise_the_quality_is_the_models_and_json_keeps_it() -> None:
    data = data_of(TWO_HEADS)
    model, result, _ = unplugged(build_with_weights(TWO_HEADS), data)
    own = np.tile(np.arange(SAMPLES)[:, None], (1, 2))
    scores = model.scores(own)
    for head in model.heads:
        whole = head.quality(head.predictions(np.asarray(scores[head.name], np.float64)))
        assert result.heads[head.name].quality[0] == pytest.approx(whole, abs=1e-4)
        assert len(set(result.heads[head.name].rows)) == 4
    assert set(map(int, result.heads["sort"].truth)) == set(np.unique(data.targets["sort"]))
    assert Unplug.model_validate_json(result.model_dump_json()) == result
    assert all(row not in others for row, others in result.others.items())


def test_an_input_that_is_not_read_changes_nothing_and_work_can_be_stopped() -> None:
    heads = [
        {"name": "y", "kind": "binary", "source": "left"},
        {"name": "other", "kind": "binary", "source": "right"},
    ]
    alone = parse({"inputs": [vector("left"), vector("right")], "heads": heads})
    model, result, noises = unplugged(build_with_weights(alone), data_of(alone))
    quality = np.reshape(result.heads["y"].quality, (result.steps, result.steps))
    assert (quality == quality[:, :1]).all()

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        unplug(model, noises, ROWS_OF, None, 3, PLAN, stop)


def test_noise_is_of_standard_deviations_and_the_same_for_a_row() -> None:
    branch = fused([vector("a", features=3), vector("b")], [{"name": "y", "kind": "binary"}])
    rng = np.random.default_rng(0)
    samples = (rng.normal(size=(4000, 3)) * (1, 10, 0)).astype(np.float32)
    noise = InputNoise.of(branch.data_inputs[0], samples, 1, 0)
    rows = np.arange(4000)
    half, two = (noise.add(samples, rows, level) - samples for level in (0.5, 2.0))
    assert half.std(axis=0) == pytest.approx([0.5, 5, 0], rel=0.05)
    assert two == pytest.approx(4 * half, abs=1e-4)
    again = noise.add(samples[7:8], rows[7:8], 0.5) - samples[7:8]
    assert (again == half[7:8]).all()
    assert noise.add(samples, rows, 0) is samples


def test_of_ids_a_share_is_replaced_and_padding_stays() -> None:
    words = MIXED.data_inputs[1]
    samples = np.tile(np.array([5, 6, 7, 8, 0, 0], np.int32), (2000, 1))
    noise = InputNoise.of(words, samples, 1, 0)
    changed = noise.add(samples, np.arange(2000), 1)
    assert (changed[:, 4:] == 0).all()
    assert set(np.unique(changed[:, :4])) == {5, 6, 7, 8}
    assert (changed != samples)[:, :4].mean() == pytest.approx(0.5 * 3 / 4, abs=0.03)
    assert changed.dtype == samples.dtype


def test_steps_of_padding_and_absent_samples_have_no_noise() -> None:
    series = MIXED.data_inputs[2]
    samples = np.ones((3, 5, 2), np.float32)
    samples[0, 3:] = 0
    samples[:, :, 1] *= 2
    samples[1, 0] = 5
    noise = InputNoise.of(series, samples, 1, 0)
    changed = noise.add(samples, np.arange(3), 1, np.array([False, False, True]))
    assert (changed[0, 3:] == 0).all()
    assert (changed[0, :3] != samples[0, :3]).all()
    assert (changed[2] == samples[2]).all()


def test_only_zeros_of_absent_inputs_are_absent() -> None:
    ones, zeros = np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)
    absent = np.array([[True, True], [False, False]])
    data = Dataset({"a": ones, "b": zeros}, {"y": ones[:, :1]}, absent=absent)
    assert absent_samples(data, np.arange(2)).tolist() == [[False, True], [False, False]]  # type: ignore[union-attr]
    assert absent_samples(Dataset(data.inputs, data.targets), np.arange(2)) is None


@pytest.mark.parametrize("inputs", range(1, 13))
def test_many_inputs_have_fewer_steps_and_samples(inputs: int) -> None:
    plan = UnplugPlan.of(inputs, 500, 1000, QUICK, 1)
    if inputs == 12:
        assert plan is None
        return
    assert plan is not None
    combinations = (len(plan.levels) + 1) ** inputs
    assert combinations <= (COMBINATIONS if len(plan.levels) > 1 else MOST_COMBINATIONS)
    assert combinations * plan.samples <= ROWS
    assert LEAST_SAMPLES <= plan.samples <= 500
    assert (plan.levels == LADDERS[0]) == (inputs <= 4)


def test_large_features_and_dear_models_have_fewer_samples_or_none() -> None:
    full = UnplugPlan.of(2, 500, 1000, QUICK, 1)
    assert full == UnplugPlan(LADDERS[0], 500)
    assert UnplugPlan.of(2, 500, 400_000, QUICK, 1) == UnplugPlan(LADDERS[0], 100)
    assert UnplugPlan.of(2, 500, 1000, Pace(1e-9, 1e-4), 0.3) == UnplugPlan(LADDERS[0], 64)
    assert UnplugPlan.of(2, 500, 1000, Pace(1e-9, 1e-4), 0.06) == UnplugPlan(LADDERS[3], 64)
    assert UnplugPlan.of(2, 500, 1000, Pace(1, 1), 1) is None
    assert UnplugPlan.of(2, 20, 1000, QUICK, 1) == UnplugPlan(LADDERS[0], 20)
