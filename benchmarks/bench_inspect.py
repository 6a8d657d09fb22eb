"""Inspections of trained models: the table of each relation, and the time they take.

`python -m benchmarks inspect`. Each relation is learned by a model that suits it, then inspected
on 500 samples. A second table compares rows computed from the cached
features of the branches with rows computed by the whole model; FLOPs bound what that can save where
layers are large.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from benchmarks.suitable import suit
from components.inspection.results import Inspection
from components.inspection.split_model import SplitModel
from components.inspection.trained import inspect_trained
from components.model.costs import of
from components.training.artifacts import weights_in
from components.training.loop import train
from components.training.models import WEIGHTS, SaveOptions
from components.training.requests import RunRequest
from sample_data import presets
from sample_data.synthetic import DataSpec, make, parse_data

RELATIONS = ("redundant", "unique", "additive", "xor", "dot", "conditional")
PRESETS = ("visual_question_answering", "movie_genres", "crossmodal_transformer")
ROWS = 4000
TIMES = 5
SAMPLES = 500


def main() -> None:
    """Print the two tables."""
    show("relation", [_relation(relation) for relation in RELATIONS])
    show(f"{ROWS} rows", [_speed_up(name) for name in PRESETS])


def _relation(relation: str) -> BenchmarkRow:
    suited = suit(relation, "vector", 0)
    request = RunRequest(
        architecture=suited.architecture, data=suited.data, settings=suited.settings
    )
    inspection = _trained(request)
    head = next(iter(inspection.heads.values()))
    return BenchmarkRow(
        relation,
        {
            "accuracy": f"{head.quality:.2f}",
            "permutation": " / ".join(f"{share.permutation:.2f}" for share in head.inputs),
            "Shapley": " / ".join(f"{share.shapley:.2f}" for share in head.inputs),
            "cooperation": f"{head.cooperation:+.2f}",
            "EMAP gap": f"{head.emap_gap:+.2f}",
            "interaction": " / ".join(f"{share:.2f}" for share in head.interaction.values()),
            "s": f"{inspection.seconds:.1f}",
        },
    )


def _trained(request: RunRequest) -> Inspection:
    with tempfile.TemporaryDirectory() as folder:
        model, weights = Path(folder, "trained.keras"), Path(folder, WEIGHTS)
        save = SaveOptions(str(model), 10**9)
        train(request, lambda _: None, lambda: False, save=save)
        weights.write_bytes(weights_in(model.read_bytes()))
        return inspect_trained(request, weights)


def _seconds(work: Callable[[], object]) -> float:
    """CPU seconds: the median of several times."""
    taken = []
    for _ in range(TIMES):
        start_time = time.process_time()
        work()
        taken.append(time.process_time() - start_time)
    return median(taken)


def _speed_up(name: str) -> BenchmarkRow:
    """The time of rows by the cached features and by the whole model, both compiled before."""
    architecture = presets.load(name)
    data = make(architecture, DataSpec(relation=parse_data("additive"), samples=SAMPLES))
    model = SplitModel(architecture, None, data.inputs, data.targets)
    rows = np.random.default_rng(0).integers(0, SAMPLES, (ROWS, len(model.inputs)))
    for compute in (model.scores, model.whole_scores):
        compute(rows)
    parts = _seconds(lambda: model.scores(rows))
    whole = _seconds(lambda: model.whole_scores(rows))
    return BenchmarkRow(
        name,
        {
            "cached": f"{1000 * parts:.0f} ms",
            "whole": f"{1000 * whole:.0f} ms",
            "times": f"{whole / parts:.1f}",
            "by FLOPs": f"{_flops_ratio(model):.1f}",
        },
    )


def _flops_ratio(model: SplitModel) -> float:
    """The FLOPs of the whole model over those of what comes after its branches."""
    costs, groups = of(model.blueprint.graph), model.blueprint.graph.groups
    later = sum(costs.groups[group.id].flops for group in groups if group.role != "branch")
    return costs.total.flops / later


if __name__ == "__main__":
    main()
