"""The measures compared with second implementations: the package `shapiq`, and plain loops."""

from __future__ import annotations

from itertools import permutations, product
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import numpy as np
import pytest

from components.experiments.inspection.basis.coalitions import (
    EXACT_INPUTS,
    Coalitions,
    InspectedHead,
)
from components.experiments.inspection.basis.results import Number
from components.experiments.inspection.basis.shapley import (
    interaction_share,
    sampled_shapley_values,
    shapley_interactions,
    shapley_values,
)
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.emap_gap import EmapGap
from components.experiments.inspection.measures.interaction import (
    LogitInteraction,
    ProbabilityInteraction,
    ValueInteraction,
)
from components.experiments.inspection.measures.permutation import Permutation, permutation_losses
from components.experiments.inspection.measures.shapley_share import ShapleyShare, shapley_shares
from sample_data.core.arrays import Array
from tests.experiments.inspection.models import FunctionModel, bayes, binary, number, subject_of

if TYPE_CHECKING:
    from shapiq import ExactComputer

RNG = np.random.default_rng
EXACT = pytest.approx


def mixed(x: Array) -> Array:
    """Return a score with main effects, an interaction of two inputs and one of all inputs."""
    score = x.sum(axis=1) + 2 * x[:, 0] * x[:, -1] + x.prod(axis=1)
    column: Array = score[:, None]
    return column


def additive(x: Array) -> Array:
    column: Array = (np.sin(x) * np.arange(1, x.shape[1] + 1)).sum(axis=1)[:, None]
    return column


def only(model: FunctionModel) -> InspectedHead:
    return model.heads[0]


def computer(table: Array) -> ExactComputer:
    """Return the game of `shapiq` with these values of coalitions; it needs Python 3.12."""
    shapiq = pytest.importorskip("shapiq")
    players = len(table).bit_length() - 1

    def game(coalitions: Array) -> Array:
        values: Array = table[coalitions.astype(int) @ (1 << np.arange(players))]
        return values

    return shapiq.ExactComputer(game, n_players=players)


@pytest.mark.parametrize("players", [1, 2, 3, 5])
def test_shapley_values_and_interactions_are_those_of_shapiq(players: int) -> None:
    table = RNG(players).normal(size=1 << players)
    other = computer(table)
    values = other("SV", order=1)
    assert shapley_values(table) == EXACT([values[(i,)] for i in range(players)], abs=1e-9)
    if players == 1:
        return
    pairs = other("k-SII", order=2)
    matrix = shapley_interactions(table)
    for i in range(players):
        assert matrix[i, i] == EXACT(pairs[(i,)], abs=1e-9)
        for j in range(i + 1, players):
            assert 2 * matrix[i, j] == EXACT(pairs[(i, j)], abs=1e-9)
    assert matrix.sum() == EXACT(table[-1] - table[0])


def test_shapley_values_are_mean_gains_over_all_orders() -> None:
    table = RNG(2).normal(size=1 << 4)
    gains = []
    for order in permutations(range(4)):
        before = {player: sum(1 << p for p in order[:at]) for at, player in enumerate(order)}
        gains.append([table[before[p] | 1 << p] - table[before[p]] for p in range(4)])
    assert shapley_values(table) == EXACT(np.mean(gains, axis=0), abs=1e-9)


def test_interaction_share_by_hand() -> None:
    together = np.array([0.0, 0.0, 0.0, 1.0])
    assert interaction_share(shapley_interactions(together)) == EXACT(1.0)
    apart = np.array([0.0, 1.0, 2.0, 3.0])
    assert interaction_share(shapley_interactions(apart)) == 0
    assert interaction_share(shapley_interactions(np.zeros(4))) == 0


def test_sampled_values_agree_within_their_error() -> None:
    table = RNG(3).normal(size=1 << 7)
    mean, error = sampled_shapley_values(lambda mask: table[mask], 7, 400, RNG(0))
    assert (np.abs(mean - shapley_values(table)) < 4 * error).all()
    assert (error > 0).all()
    assert mean.sum() == EXACT(table[-1] - table[0])


@pytest.mark.parametrize("inputs", [1, 2, 3, 6])
def test_values_of_coalitions_by_loops(inputs: int) -> None:
    model, background = binary(mixed, inputs), [3, 8, 11]
    coalitions = Coalitions(model, background)
    head = only(model)
    for mask in range(1 << inputs):
        known = np.array([bool(mask >> m & 1) for m in range(inputs)])
        logits, chances = [], []
        for x in model.values:
            each = [mixed(np.where(known, x, model.values[k])[None])[0, 0] for k in background]
            logits.append(np.mean(each))
            chances.append(np.mean([1 / (1 + np.exp(-one)) for one in each]))
        outputs = coalitions.outputs(head, mask)
        assert outputs.scores[:, 0] == EXACT(logits, abs=1e-9)
        assert outputs.predictions[:, 0] == EXACT(chances, abs=1e-9)
        right = [(chance > 0.5) == truth for chance, truth in zip(chances, head.truth, strict=True)]
        assert coalitions.value(head, mask) == EXACT(np.mean(right))


def test_shares_of_accuracy_and_of_scores_add_up() -> None:
    model = binary(mixed, 3)
    subject = subject_of(model)
    coalitions, head, shares = subject.coalitions, subject.head, shapley_shares(subject)
    assert shares.quality.sum() == EXACT(coalitions.value(head, 7) - coalitions.value(head, 0))
    whole, nothing = (coalitions.outputs(head, mask).scores for mask in (7, 0))
    assert shares.scores.sum(axis=0) == EXACT(whole - nothing, abs=1e-9)
    assert (shares.error > 0).all()
    alone = [coalitions.value(head, 1 << m) - coalitions.value(head, 0) for m in range(3)]
    gained = coalitions.value(head, 7) - coalitions.value(head, 0)
    assert number(Cooperation, subject) == EXACT(gained - sum(alone))


def test_emap_of_two_inputs_is_that_of_its_paper() -> None:
    model = binary(mixed, 2)
    head, samples = only(model), model.samples
    logits = np.zeros((samples, samples))
    for i, j in product(range(samples), repeat=2):
        logits[i, j] = mixed(np.array([[model.values[i, 0], model.values[j, 1]]]))[0, 0]
    projected = logits.mean(axis=1) + logits.mean(axis=0) - logits.mean()
    right = float(((projected > 0) == head.truth).mean())
    whole = float(((np.diag(logits) > 0) == head.truth).mean())
    assert number(EmapGap, subject_of(model)) == EXACT(whole - right)
    assert whole != right


@pytest.mark.parametrize("inputs", [2, 3, 5])
@pytest.mark.parametrize("background", [7, 40])
def test_an_additive_model_has_no_interaction(inputs: int, background: int) -> None:
    model = binary(additive, inputs)
    subject = subject_of(model, range(background))
    assert number(EmapGap, subject) == EXACT(0, abs=1e-6)
    assert number(LogitInteraction, subject) == EXACT(0, abs=1e-6)
    assert number(ProbabilityInteraction, subject) > 0.01


def test_values_are_measured_by_r2_and_have_no_logits() -> None:
    values = RNG(0).normal(size=(50, 2))
    truth = additive(values)
    head = InspectedHead("y", "values", (0, 1), truth)
    model = FunctionModel(values, {"y": additive}, (head,))
    subject = subject_of(model)
    coalitions = subject.coalitions
    assert coalitions.value(head, 3) == EXACT(1.0)
    assert number(EmapGap, subject) == EXACT(0, abs=1e-6)
    assert number(ValueInteraction, subject) == EXACT(0, abs=1e-6)
    assert LogitInteraction.measure(subject) == ProbabilityInteraction.measure(subject) == ()
    one = coalitions.outputs(head, 1).predictions
    assert coalitions.value(head, 1) == EXACT(
        1 - np.square(one - truth).sum() / np.square(truth - truth.mean()).sum()
    )


def test_classes_ignore_what_a_softmax_ignores() -> None:
    def function(x: Array) -> Array:
        common = 3 * x[:, :1] * x[:, 1:]
        each: Array = np.stack([x[:, 0], x[:, 1], -x[:, 0]], axis=1) + common
        return each

    values = RNG(0).normal(size=(30, 2))
    head = InspectedHead("y", "classes", (0, 1), function(values).argmax(axis=1))
    subject = subject_of(FunctionModel(values, {"y": function}, (head,)))
    assert number(LogitInteraction, subject) == EXACT(0, abs=1e-6)
    assert subject.coalitions.value(head, 3) == 1.0


def test_permutation_by_loops() -> None:
    model = binary(mixed, 2)
    head, rng = only(model), RNG(4)
    losses = permutation_losses(subject_of(model, seed=4), 3)["y"]
    whole = (mixed(model.values)[:, 0] > 0) == head.truth
    for index in range(2):
        left = np.zeros(40)
        for _ in range(3):
            shuffled = model.values.copy()
            shuffled[:, index] = model.values[rng.permutation(40), index]
            left += ((mixed(shuffled)[:, 0] > 0) == head.truth) / 3
        assert losses[index].value == EXACT(np.mean(whole - left))
        assert losses[index].error == EXACT(np.std(whole - left, ddof=1) / np.sqrt(40))


def test_more_inputs_than_can_be_exact_are_sampled() -> None:
    model = binary(additive, EXACT_INPUTS + 1, samples=12)
    subject = subject_of(model)
    coalitions, head, shares = subject.coalitions, subject.head, shapley_shares(subject)
    assert (shares.error > 0).all()
    whole = (1 << EXACT_INPUTS + 1) - 1
    assert shares.quality.sum() == EXACT(coalitions.value(head, whole) - coalitions.value(head, 0))
    own = np.sin(model.values) * np.arange(1, EXACT_INPUTS + 2)
    pushes = shares.scores[:, :, 0].T
    assert pushes == EXACT(own - own.mean(axis=0), abs=1e-9)
    assert LogitInteraction.measure(subject) == ()


TABLE = {
    "redundant": ((0.22, 0.21), (0.21, 0.22), -0.24, 0.0),
    "unique": ((0.47, 0.0), (0.47, 0.0), 0.0, 0.0),
    "additive": ((0.33, 0.33), (0.24, 0.24), 0.0, 0.0),
    "xor": ((0.50, 0.50), (0.24, 0.24), 0.51, 0.48),
    "dot": ((0.50, 0.50), (0.24, 0.26), 0.50, 0.49),
    "conditional": ((0.44, 0.50), (0.17, 0.32), 0.38, 0.37),
}
"""Measures of the Bayes-optimal predictor of two inputs: permutation, Shapley, cooperation, EMAP
gap.
"""


@pytest.mark.parametrize("kind", TABLE)
def test_the_measures_show_the_idea_of_each_relation(kind: str) -> None:
    permutation, shapley, together, gap = TABLE[kind]
    model = bayes(kind, 2000)
    subject = subject_of(model, range(0, 2000, 8))
    for measure, expected in ((Permutation, permutation), (ShapleyShare, shapley)):
        numbers = [one.value for one in measure.measure(subject)]
        assert numbers == EXACT(expected, abs=0.05)
    assert number(Cooperation, subject) == EXACT(together, abs=0.05)
    assert number(EmapGap, subject) == EXACT(gap, abs=0.05)


@pytest.mark.parametrize(("kind", "inputs"), [("redundant", 2), ("xor", 2), ("additive", 3)])
def test_the_error_of_one_inspection_is_how_far_inspections_scatter(kind: str, inputs: int) -> None:
    found: list[list[Number]] = []
    for seed in range(24):
        subject = subject_of(bayes(kind, 200, inputs, seed), seed=seed)
        measures = (Cooperation, Permutation, ShapleyShare)
        found.append([measure.measure(subject)[0] for measure in measures])
    for estimates in zip(*found, strict=True):
        scatter = stdev(one.value for one in estimates)
        assert fmean(one.error for one in estimates) == pytest.approx(scatter, rel=0.6)


@pytest.mark.parametrize(("inputs", "together"), [(2, 0.0), (3, -0.088), (4, -0.167)])
def test_independent_inputs_of_a_sum_cooperate_below_0(inputs: int, together: float) -> None:
    """Expect 1/2 - M arcsin(1/sqrt(M)) / pi for M inputs: negative, because accuracy saturates."""
    assert 0.5 - inputs * np.arcsin(inputs**-0.5) / np.pi == pytest.approx(together, abs=1e-3)
    model = bayes("additive", 4000, inputs)
    (measured,) = Cooperation.measure(subject_of(model, range(0, 4000, 40)))
    assert abs(measured.value - together) < 4 * measured.error
