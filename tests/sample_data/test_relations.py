"""Every relation, by its contract, and by its theory in simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from components.base.errors import DataError
from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, InputCapacity, LatentSample, Observation
from sample_data.loading.synthetic import parse_data
from tests import matrix

from .architectures import TEXTS, least, roomy

MANY = 40_000


def drawn(
    text: str, inputs: int = 2, classes: tuple[int, ...] = (2,), seed: int = 0
) -> LatentSample:
    layout = roomy(inputs, *classes)
    return parse_data(text).draw(layout, MANY, np.random.default_rng(seed))


def seen(text: str, truth: LatentSample, noise_seed: int = 7) -> Observation:
    relation = parse_data(text)
    views = (
        relation.noisy(truth.plan, place, cause, np.random.default_rng([noise_seed, place]))
        for place, cause in enumerate(truth.causes)
    )
    return Observation(truth.plan, tuple(views))


def labelled(text: str, truth: LatentSample, head: int = 0) -> NDArray[np.int32]:
    return parse_data(text).labels(truth, head)


def beside(truth: LatentSample) -> Array:
    """Return causes of one number each, side by side (N, inputs)."""
    return np.concatenate(truth.causes, axis=1)


@pytest.mark.parametrize("inputs", [1, 2, 3, 6])
@pytest.mark.parametrize("text", TEXTS)
def test_causes_and_score(text: str, inputs: int) -> None:
    if inputs < least(text):
        with pytest.raises(DataError):
            drawn(text, inputs)
        return
    truth = drawn(text, inputs)
    assert len(truth.causes) == inputs
    for cause, capacity in zip(truth.causes, truth.plan.capacities, strict=True):
        assert cause.dtype == np.float32
        assert np.isfinite(cause).all()
        assert cause.shape[0] == MANY
        if cause.ndim == 2:
            assert 1 <= cause.shape[1] <= capacity.numbers
        else:
            assert cause.shape[1] <= capacity.steps
            assert cause.shape[2] <= capacity.step_numbers
    assert truth.score.shape == (MANY,)
    assert truth.score.dtype == np.float32
    labels = labelled(text, truth)
    assert np.array_equal(labels, parse_data(text).score(truth, 0) > 0)


@pytest.mark.parametrize("inputs", [1, 2, 5])
@pytest.mark.parametrize("text", TEXTS)
def test_classes_are_balanced(text: str, inputs: int) -> None:
    truth = drawn(text, max(inputs, least(text)), (2, 3, 5, 10, 0, 2))
    if text != "multi_task":
        assert np.array_equal(labelled(text, truth, 0), labelled(text, truth, 5))
    for head, classes in enumerate((2, 3, 5, 10)):
        shares = np.bincount(labelled(text, truth, head), minlength=classes) / MANY
        assert len(shares) == classes
        assert shares == pytest.approx(1 / classes, abs=0.02)


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_standardised_scores(text: str) -> None:
    truth = drawn(text, 3, (2, 0))
    relation = parse_data(text)
    values = relation.values(truth, 1)
    assert values.dtype == np.float32
    assert values.mean() == pytest.approx(0, abs=0.03)
    assert values.std() == pytest.approx(1, abs=0.15)
    assert np.array_equal(values > 0, relation.score(truth, 1) > 0)


@pytest.mark.parametrize("text", TEXTS)
def test_cuts_depend_on_no_seed(text: str) -> None:
    relation, truth = parse_data(text), drawn(text, 2, (5,))
    few = tuple(cause[:50] for cause in truth.causes)
    some = LatentSample(truth.plan, few, truth.score[:50])
    assert np.array_equal(relation.labels(some, 0), relation.labels(truth, 0)[:50])


NOISES = matrix.cases([(0,), (0.7,)], [(0.7,)])


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("noise", NOISES)
def test_posteriors_agree_with_the_labels(text: str, noise: float) -> None:
    noisy = f"{text}{',' if ':' in text else ':'}noise={noise}"
    relation, truth = parse_data(noisy), drawn(noisy, 3, (2, 3, 0))
    few = LatentSample(truth.plan, tuple(c[:4000] for c in truth.causes), truth.score[:4000])
    whole = seen(noisy, few)
    for places in [(0,), (1, 2), (0, 1, 2)]:
        observed = whole.only(places)
        for head, classes in enumerate(few.plan.classes):
            posterior = np.broadcast_to(
                relation.posterior(observed, head), (4000, classes) if classes else 4000
            )
            if classes:
                assert posterior.min() >= 0
                assert posterior.sum(axis=1) == pytest.approx(1, abs=1e-6)
                labels = relation.labels(few, head)
                right = (posterior.argmax(axis=1) == labels).mean()
                assert posterior.max(axis=1).mean() == pytest.approx(right, abs=0.03)
            else:
                values = relation.values(few, head)
                slope = (posterior * (values - posterior)).mean()
                assert slope == pytest.approx(0, abs=0.08)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("noise", NOISES)
def test_closed_forms_agree_with_posteriors(text: str, noise: float) -> None:
    noisy = f"{text}{',' if ':' in text else ':'}noise={noise}"
    relation = parse_data(noisy)
    for classes in (2, 3, 0):
        truth = drawn(noisy, 3, (classes,))
        whole = seen(noisy, truth)
        for size in (1, 2, 3):
            for places in combinations(range(3), size):
                exact = relation.exact(truth.plan, 0, places)
                if exact is None:
                    continue
                posterior = relation.posterior(whole.only(places), 0)
                if classes:
                    reached = posterior.max(axis=1).mean()
                else:
                    reached = (
                        np.square(posterior).mean() / np.square(relation.values(truth, 0)).mean()
                    )
                assert reached == pytest.approx(exact, abs=0.02), (classes, places)


NARROW = InputCapacity("id", "Categorical", numbers=1, levels=8)
WIDE = InputCapacity("features", "Vector", numbers=16)
CLOCK = InputCapacity("series", "Time series", numbers=4, steps=6, step_numbers=1)
PAIRS = InputCapacity("words", "Embeddings", numbers=8, steps=6, step_numbers=4)


@pytest.mark.parametrize(
    ("text", "capacities", "message"),
    [
        ("dot", (WIDE, NARROW), "A dot product needs inputs that can show 4 numbers each"),
        ("dot", (WIDE, NARROW), "Set `k` to 1 or less"),
        ("conditional", (WIDE,), "A conditional relation needs at least 2 inputs (1"),
        ("conditional", (WIDE, NARROW), "Put `id` first"),
        ("cross_reliability", (WIDE, NARROW), "Cross reliability needs inputs that"),
        ("cross_reliability:small=3,large=2", (WIDE, WIDE), "`small` can't be larger than `large`"),
        ("similarity", (WIDE,), "Similarity needs at least 2 inputs"),
        ("alignment", (CLOCK, WIDE), "Alignment needs at least two sequences with a common number"),
        ("alignment", (WIDE, NARROW), "(sequences: none)"),
        ("recall", (CLOCK, WIDE), "Recall needs a sequence whose every step shows a key and"),
        ("recall", (PAIRS,), "Recall needs at least 2 inputs"),
        ("mix", (WIDE, NARROW), "(2 signals in id, which shows 1)"),
        ("mix:redundant=0,unique_1=0,synergistic=0", (WIDE, WIDE), "at least one share above 0"),
    ],
)
def test_refusals(text: str, capacities: tuple[InputCapacity, ...], message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_data(text).draw(CauseLayout(capacities, (2,)), 5, np.random.default_rng(0))
    assert message in str(caught.value)


def test_synergy_alone_has_two_classes_or_values() -> None:
    relation = parse_data("mix:redundant=0,unique_1=0,synergistic=1")
    with pytest.raises(DataError, match="A mix of synergy only can't have more than two classes"):
        relation.check(roomy(2, 2, 3))
    relation.check(roomy(2, 2, 0))


@pytest.mark.parametrize("inputs", range(1, 5))
def test_xor_of_bits_is_their_parity(inputs: int) -> None:
    truth = drawn("xor", inputs)
    assert set(np.unique(beside(truth))) == {-1, 1}
    assert np.array_equal(labelled("xor", truth), (beside(truth) > 0).sum(axis=1) % 2)


@pytest.mark.parametrize("text", ["xor:form=signs", "dot:k=1"])
@pytest.mark.parametrize("inputs", range(1, 5))
def test_the_sign_of_the_product(inputs: int, text: str) -> None:
    truth = drawn(text, inputs)
    negative = (beside(truth) < 0).sum(axis=1)
    assert np.array_equal(labelled(text, truth), negative % 2 == 0)


def test_xor_of_three_classes_is_a_sum_modulo_three() -> None:
    truth = drawn("xor", 2, (3,))
    digits = np.rint(beside(truth) + 1).astype(int)
    labels = labelled("xor", truth)
    assert set(np.unique(beside(truth))) == {-1, 0, 1}
    assert np.array_equal(labels, digits.sum(axis=1) % 3)
    for digit in range(3):
        shares = np.bincount(labels[digits[:, 0] == digit]) / (digits[:, 0] == digit).sum()
        assert shares == pytest.approx(1 / 3, abs=0.02)


def test_xor_serves_heads_of_different_classes_from_the_same_causes() -> None:
    truth = drawn("xor", 2, (2, 3))
    steps = np.rint((beside(truth) + 1) / 2 * 5).astype(int)
    assert set(np.unique(steps)) == set(range(6))
    assert np.array_equal(labelled("xor", truth, 0), (steps // 3).sum(axis=1) % 2)
    assert np.array_equal(labelled("xor", truth, 1), (steps // 2).sum(axis=1) % 3)


def test_dot_is_the_dot_product() -> None:
    truth = drawn("dot:k=5")
    one, other = truth.causes
    assert one.shape == (MANY, 5)
    assert truth.score == pytest.approx((one * other).sum(axis=1), abs=1e-5)


def test_conditional_reads_the_number_the_context_names() -> None:
    truth = drawn("conditional", 3)
    context, *others = truth.causes
    assert context.shape == (MANY, 8)
    assert np.array_equal(np.unique(context.sum(axis=1)), [1])
    assert truth.score == pytest.approx((context * sum(others)).sum(axis=1), abs=1e-6)
    assert np.bincount(context.argmax(axis=1)) / MANY == pytest.approx(1 / 8, abs=0.01)


@pytest.mark.parametrize(("levels", "contexts"), [(0, 8), (64, 8), (5, 5), (2, 2)])
def test_a_context_of_one_number_has_as_many_values(levels: int, contexts: int) -> None:
    relation = parse_data("conditional")
    first = InputCapacity("id", "Categorical", numbers=1, levels=levels)
    layout = CauseLayout((first, WIDE), (2,))
    truth = relation.draw(layout, 2000, np.random.default_rng(0))
    assert truth.causes[0].shape == (2000, 1)
    assert len(np.unique(truth.causes[0])) == contexts == truth.causes[1].shape[1]
    assert relation.posterior(seen("conditional", truth), 0).max(axis=1) == pytest.approx(1)


def test_reliability_is_in_the_next_input() -> None:
    truth = drawn("cross_reliability", 3)
    for place, cause in enumerate(truth.causes):
        flag = truth.causes[(place + 1) % 3][:, 1]
        assert set(np.unique(flag)) == {-1, 1}
        for sign, sigma in ((1, 0.5), (-1, 5)):
            away = (cause[:, 0] - truth.score)[flag == sign]
            assert away.std() == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("inputs", [2, 4])
def test_related_causes_correlate_by_rho_and_others_do_not(inputs: int) -> None:
    truth = drawn("similarity", inputs)
    labels = labelled("similarity", truth)
    for one, other in combinations(truth.causes, 2):
        assert one.shape == (MANY, 8)
        for label, rho in ((1, 0.8), (0, 0.0)):
            pair = one[labels == label].ravel(), other[labels == label].ravel()
            assert np.corrcoef(*pair)[0, 1] == pytest.approx(rho, abs=0.01)
            assert pair[0].std() == pytest.approx(1, abs=0.01)


def test_the_marker_selects_the_step_that_counts() -> None:
    layout = CauseLayout((WIDE, CLOCK, PAIRS, CLOCK), (2,))
    truth = parse_data("alignment").draw(layout, 500, np.random.default_rng(0))
    aside, marker, *streams = truth.causes
    assert aside.shape == (500, 1)
    assert marker.shape == streams[0].shape == streams[1].shape == (500, 6, 1)
    assert np.array_equal(np.unique(marker.sum(axis=(1, 2))), [1])
    assert truth.score == pytest.approx((marker * sum(streams)).sum(axis=(1, 2)), abs=1e-6)


@pytest.mark.parametrize("capacities", [(PAIRS, WIDE), (CLOCK, PAIRS), (PAIRS, NARROW)])
def test_recall_sums_the_values_of_the_keys_asked_for(
    capacities: tuple[InputCapacity, ...],
) -> None:
    truth = parse_data("recall").draw(CauseLayout(capacities, (2,)), 500, np.random.default_rng(0))
    memory = capacities.index(PAIRS)
    pairs, asked = truth.causes[memory], truth.causes[1 - memory].reshape(500, -1)
    assert pairs.shape == (500, 6, 2)
    assert asked.shape == (500, 1 if NARROW in capacities else 2)
    found = pairs[:, :, :1] == asked[:, None, :]
    assert np.array_equal(np.unique(found.sum(axis=1)), [1])
    assert truth.score == pytest.approx((found * pairs[:, :, 1:]).sum(axis=(1, 2)), abs=1e-6)


def test_inputs_are_absent_by_chance() -> None:
    truth = drawn("missing:p=0.3", 3)
    assert truth.absent is not None
    assert truth.absent.mean(axis=0) == pytest.approx(0.3, abs=0.01)
    plain = drawn("redundant", 3)
    assert all(map(np.array_equal, truth.causes, plain.causes))


def test_each_head_has_its_own_task() -> None:
    truth, relation = drawn("multi_task:k=3", 2, (2, 2, 2, 2)), parse_data("multi_task:k=3")
    one, other = truth.causes
    wanted = [one.sum(axis=1), other.sum(axis=1), (one * other).sum(axis=1), one.sum(axis=1)]
    for head, score in enumerate(wanted):
        assert relation.score(truth, head) == pytest.approx(score, abs=1e-5)


def test_the_shares_of_a_mix_are_shares_of_variance() -> None:
    truth = drawn("mix:redundant=0.3,unique_1=0.2,unique_2=0.1,synergistic=0.4")
    one, other = truth.causes
    assert np.array_equal(one[:, 0], other[:, 0])
    signals = (one[:, 0], one[:, 1], other[:, 1], one[:, 2] * other[:, 2])
    shares = [np.corrcoef(signal, truth.score)[0, 1] ** 2 for signal in signals]
    assert shares == pytest.approx([0.3, 0.2, 0.1, 0.4], abs=0.02)
    assert truth.score.std() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("text", "place", "kept"),
    [
        ("conditional", 0, slice(None)),
        ("cross_reliability", 1, np.s_[:, 1]),
        ("alignment", 0, slice(None)),
        ("recall", 0, np.s_[:, :, 0]),
        ("recall", 1, slice(None)),
    ],
)
def test_discrete_causes_get_no_noise(text: str, place: int, kept: slice) -> None:
    truth = drawn(text, 2)
    relation = parse_data(f"{text}:noise=1")
    for at, cause in enumerate(truth.causes):
        view = relation.noisy(truth.plan, at, cause, np.random.default_rng(0))
        assert view.shape == cause.shape
        assert view.dtype == np.float32
        if at == place:
            assert np.array_equal(view[kept], cause[kept])


@pytest.mark.parametrize("text", TEXTS)
def test_huge_numbers_of_classes(text: str) -> None:
    relation, layout = parse_data(text), roomy(2, 100_000, 99_999, 99_991)
    truth = relation.draw(layout, 500, np.random.default_rng(0))
    for head, classes in enumerate(layout.classes):
        labels = relation.labels(truth, head)
        assert labels.min() >= 0
        assert labels.max() < classes
