"""Gates, attention and learned weights: complete for the registry, and correct."""

from __future__ import annotations

import numpy as np
import pytest

from components.base.errors import ShapeError
from components.experiments.inspection.basis.results import Readout
from components.experiments.inspection.readouts import MOST_COLUMNS, readouts
from components.experiments.inspection.split_model import split_model
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build, build_with_weights
from components.models.merges import MERGES
from tests import matrix
from tests.experiments.training.support import LABEL, fused, random_data, vector
from tests.models.merges.cases import Data, cases, joined

WEIGHING = sorted(
    kind
    for kind, merge in MERGES.items()
    if merge.traits & {"gates", "attention"} or kind in ("weighted_sum", "stacking")
)


def read(architecture: Architecture, samples: int = 12) -> tuple[Readout, ...]:
    blueprint = build_with_weights(architecture)
    return readouts(split_model(blueprint, *random_data(architecture, samples)), blueprint)


CASES = [(fields, sizes) for fields, sizes in cases() if fields["kind"] in WEIGHING]


def pooled(fields: Data, sizes: tuple[tuple[int, ...], ...]) -> Architecture:
    """Return a model with the merge on those sources, and layers that reduce its output to a
    vector.
    """
    architecture = joined(fields, sizes)
    try:
        build(architecture)
    except ShapeError:
        return joined({**fields, "then": {"kind": "lstm", "depth": 1, "units": 4}}, sizes)
    return architecture


def test_many_strategies_weigh_their_sources() -> None:
    assert len(WEIGHING) >= 12


@pytest.mark.parametrize(
    "kind",
    matrix.cases(
        [(kind,) for kind in WEIGHING],
        matrix.firsts([(kind,) for kind in WEIGHING], lambda kind: MERGES[kind].traits),
    ),
)
def test_no_strategy_with_gates_or_attention_is_missing(kind: str) -> None:
    fields, sizes = next(case for case in CASES if case[0]["kind"] == kind)
    results = read(pooled(fields, sizes))
    assert {readout.part for readout in results} == {"fusion"}
    kinds = {readout.kind for readout in results}
    assert ("attention" in kinds) == ("attention" in MERGES[kind].traits)
    for readout in results:
        assert len(readout.mean) == len(readout.columns)
        assert np.isfinite(readout.mean).all()
        if readout.kind == "attention":
            assert sum(readout.mean) == pytest.approx(1, abs=0.01)
        if readout.samples:
            assert readout.mean == pytest.approx(np.mean(readout.samples, axis=0), abs=1e-3)
            assert set(readout.by_class["y"]) == {0, 1}


def test_the_gate_of_each_sample_is_that_of_the_model() -> None:
    architecture = fused([vector("left", 3), vector("right", 5)], [LABEL], "mixture_of_experts")
    inputs, targets = random_data(architecture, 20)
    blueprint = build_with_weights(architecture)
    model = split_model(blueprint, inputs, targets)
    (gate,) = readouts(model, blueprint)
    ends = {name: blueprint.tensors[f"{name}_dense_1"] for name in ("left", "right")}
    features = model.with_outputs(ends).outputs()
    kernel, bias = blueprint.model.get_layer("fusion_gate").get_weights()
    scores = np.concatenate([features["left"], features["right"]], axis=1) @ kernel + bias
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert gate.columns == ("left", "right")
    assert gate.samples == pytest.approx(shares, abs=1e-4)
    ones = targets["label"][:, 0] == 1
    assert gate.by_class["label"][1] == pytest.approx(shares[ones].mean(axis=0), abs=1e-4)


@pytest.mark.parametrize(("opened", "source"), [(20.0, "left"), (-20.0, "right")])
def test_an_open_gate_lets_the_source_through_that_its_text_names(
    opened: float, source: str
) -> None:
    architecture = fused([vector("left", 3), vector("right", 5)], [LABEL], "gated")
    inputs, targets = random_data(architecture, 20)
    blueprint = build_with_weights(architecture)
    layer = blueprint.model.get_layer("fusion_gate")
    kernel, bias = layer.get_weights()
    layer.set_weights([0 * kernel, 0 * bias + opened])
    ends = {name: blueprint.tensors[name] for name in (f"fusion_hidden_{source}", "fusion_sum")}
    model = split_model(blueprint, inputs, targets).with_outputs(ends)
    through, merged = model.outputs().values()
    assert merged == pytest.approx(through, abs=1e-5)
    (fusion,) = architecture.merges
    assert fusion.gate_text == (
        "A gate of 1 lets `left` through, a gate of 0 lets `right` through."
    )


@pytest.mark.parametrize("kind", ["gated", "cross_gate", "gated_residual", "squeeze_excite"])
def test_a_gate_that_is_no_share_says_what_0_and_1_do(kind: str) -> None:
    merge = MERGES[kind].model_validate({"name": "fusion", "kind": kind, "sources": ["a", "b"]})
    assert "1" in merge.gate_text


def test_weights_that_start_equal_are_equal() -> None:
    (shares,) = read(fused([vector("left"), vector("right")], [LABEL], "weighted_sum"))
    assert (shares.columns, shares.mean) == (("left", "right"), (0.5, 0.5))


def test_steps_of_long_sequences_are_averaged() -> None:
    series = {"name": "series", "kind": "timeseries", "length": 100, "features": 4}
    merge = {"name": "fusion", "kind": "attention", "sources": ["asks", "series"]}
    head = {"name": "label", "kind": "binary", "source": "fusion"}
    architecture = parse({"inputs": [vector("asks"), series], "merges": [merge], "heads": [head]})
    (attention,) = read(architecture)
    assert len(attention.columns) == MOST_COLUMNS
    assert attention.columns[0] == "step 1 to 4"
