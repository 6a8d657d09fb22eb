"""A split model, with the scores of the whole model, for all kinds of models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.experiments.inspection.basis.coalitions import LACKING, InspectedHead
from components.experiments.inspection.measures.emap_gap import EmapGap
from components.experiments.inspection.measures.interaction import LogitInteraction
from components.experiments.inspection.measures.shapley_share import shapley_shares
from components.experiments.inspection.split_model import SplitModel, split_model
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import Blueprint, build_with_weights
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec, make, parse_data
from tests.experiments.inspection.models import number, subject_of
from tests.experiments.training.support import IMAGE_SEQUENCE, TWO_HEADS, VECTORS, fused, vector
from tests.experiments.training.support import LACKING as MAY_BE_MISSING
from tests.matrix import cases

TABLE = {"kind": "embedding", "depth": 1, "pooling": "sequence", "units": 8}
GRU = {"kind": "gru", "depth": 1, "readout": "sequence", "units": 8}
SEQUENCES = [
    {"name": "words", "kind": "tokens", "length": 7, "encoder": TABLE},
    {"name": "series", "kind": "timeseries", "length": 5, "features": 2, "encoder": GRU},
]
HEAD = {"name": "y", "kind": "binary", "source": "fusion"}


def shared() -> Architecture:
    inputs = [
        vector("left"),
        {**vector("right"), "encoder": {"kind": "shared", "branch": "left"}},
        {**vector("wide"), "reads": "left"},
    ]
    merges = [
        {"name": "inner", "kind": "multiply", "sources": ["left", "right"]},
        {"name": "fusion", "kind": "concatenate", "sources": ["inner", "wide"]},
    ]
    heads = [HEAD, {"name": "own", "kind": "regression", "outputs": 2, "source": "right"}]
    return parse({"inputs": inputs, "merges": merges, "heads": heads})


def sequences(kind: str) -> Architecture:
    merge = {"name": "fusion", "kind": kind, "sources": ["words", "series"]}
    return parse({"inputs": SEQUENCES, "merges": [merge], "heads": [HEAD]})


CASES: dict[str, Architecture] = {
    "vectors": VECTORS,
    "heads": TWO_HEADS,
    "missing": MAY_BE_MISSING,
    "image and sequence": IMAGE_SEQUENCE,
    "shared, second branch, stages": shared(),
    "masks": sequences("cross_attention"),
    "masks in self-attention": sequences("self_attention"),
    **{
        name: presets.load(name)
        for name in ("sensor_timeseries_anomaly", "crossmodal_transformer", "dlrm")
    },
}


OFTEN = (("missing",), ("image and sequence",), ("shared, second branch, stages",), ("masks",))


def drawn(architecture: Architecture, samples: int = 30) -> tuple[Blueprint, SplitModel]:
    data = make(architecture, DataSpec(relation=parse_data("additive"), samples=samples))
    blueprint = build_with_weights(architecture)
    return blueprint, split_model(blueprint, data.inputs, data.targets)


def whole_scores(blueprint: Blueprint, model: SplitModel, rows: Any) -> dict[str, Any]:
    """Return the scores of the whole model, with every layer computed for every row."""
    data = {name: model.data[name][rows[:, m]] for name, (_, m) in model.starts.items()}
    for name, (_, m) in model.starts.items():
        data[name][rows[:, m] == LACKING] = 0
    outputs = blueprint.model.predict(data, verbose=0)
    return {head.name: scores_of(head, outputs[head.name]) for head in model.heads}


def scores_of(head: InspectedHead, outputs: Any) -> Any:
    """Return outputs as logits; those of a softmax without their mean."""
    if head.target == "values":
        return outputs
    return np.log(outputs / (1 - outputs)) if head.target == "binary" else np.log(outputs)


@pytest.mark.parametrize("case", cases([(case,) for case in CASES], OFTEN))
def test_two_parts_are_the_whole(case: str) -> None:
    blueprint, model = drawn(CASES[case])
    rows = np.random.default_rng(0).integers(0, 30, (50, len(model.inputs)))
    for m in model.fillable:
        rows[m::3, m] = LACKING
    parts, whole = model.scores(rows), whole_scores(blueprint, model, rows)
    assert set(parts) == {head.name for head in model.heads}
    for head in model.heads:
        found, expected = parts[head.name], whole[head.name]
        near = 1e-3 if case in presets.names() else 1e-4
        assert head.centred(found) == pytest.approx(head.centred(expected), abs=near)


def test_a_late_sum_has_no_interaction() -> None:
    architecture = fused([vector("left"), vector("right")], [HEAD], "late_sum")
    subject = subject_of(drawn(architecture, 60)[1])
    assert number(EmapGap, subject) == pytest.approx(0, abs=1e-6)
    assert number(LogitInteraction, subject) == pytest.approx(0, abs=1e-6)


def test_some_of_the_samples_have_the_same_scores_and_a_pace() -> None:
    _, model = drawn(TWO_HEADS)
    some = np.array([3, 7, 20])
    part, own = model.on(some), np.arange(3)[:, None].repeat(2, axis=1)
    whole, few = model.scores(some[own]), part.scores(own)
    for head in part.heads:
        assert few[head.name] == pytest.approx(whole[head.name], abs=1e-6)
        assert len(head.truth) == part.samples == 3
    pace = model.pace()
    assert min(pace.sample, pace.row) > 0


def test_heads_of_their_own_read_one_input_each() -> None:
    inputs = [vector("left"), vector("right")]
    heads = [
        {"name": "of_left", "kind": "binary", "source": "left"},
        {"name": "of_right", "kind": "multiclass", "classes": 3, "source": "right"},
    ]
    _, model = drawn(parse({"inputs": inputs, "heads": heads}), 40)
    assert [head.reads for head in model.heads] == [(0,), (1,)]
    for number_of, head in enumerate(model.heads):
        subject = subject_of(model, head=number_of)
        shares, coalitions = shapley_shares(subject).quality, subject.coalitions
        gained = coalitions.value(head, 1 << head.reads[0]) - coalitions.value(head, 0)
        assert shares == pytest.approx([gained])
