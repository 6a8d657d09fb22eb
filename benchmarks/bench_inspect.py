"""Inspections of trained models: the table of each relation, and the time they take.

`python -m benchmarks inspect`. Each relation is learned by a model that suits it, whole and without
each input, with several seeds. The whole ones are inspected, each on 500 samples: figures are means
over seeds, with their standard errors. A second table compares rows computed from the cached
features of the branches with rows computed by the whole model; FLOPs bound what that can save where
layers are large.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median, stdev

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from benchmarks.suitable import suit
from components.inspection.refit import plan_refit, refit_groups, refit_request
from components.inspection.refit_evaluation import evaluate_refit
from components.inspection.refit_text import loss_text
from components.inspection.results import InputShare, Inspection
from components.inspection.split_model import SplitModel
from components.inspection.trained import inspect_trained
from components.model.costs import of
from components.race.outcomes import Outcome
from components.runs.artifacts import weights_in
from components.runs.foreground import train_groups
from components.training.loop import train
from components.training.models import WEIGHTS, SaveOptions
from components.training.requests import RunRequest
from sample_data import presets
from sample_data.ceilings import ceilings
from sample_data.synthetic import DataSpec, make, parse_data

RELATIONS = ("redundant", "unique", "additive", "xor", "dot", "conditional")
PRESETS = ("visual_question_answering", "movie_genres", "crossmodal_transformer")
ROWS = 4000
TIMES = 5
SAMPLES = 500
SEEDS = 5


def main() -> None:
    """Print the two tables."""
    show("relation", [_relation(relation) for relation in RELATIONS])
    show(f"{ROWS} rows", [_speed_up(name) for name in PRESETS])


def _relation(relation: str) -> BenchmarkRow:
    suited = suit(relation, "vector", 0)
    request = RunRequest(
        architecture=suited.architecture, data=suited.data, settings=suited.settings
    )
    inspections = [_inspected(refit_request(request, None, seed)) for seed in range(SEEDS)]
    heads = [next(iter(inspection.heads.values())) for inspection in inspections]
    bayes = next(iter(ceilings(request.architecture, suited.data).values())).bayes.value
    inputs = range(len(request.architecture.inputs))

    def of_inputs(value: Callable[[InputShare], float]) -> str:
        return " / ".join(f"{mean(value(h.inputs[m]) for h in heads):.2f}" for m in inputs)

    return BenchmarkRow(
        relation,
        {
            "accuracy": _with_error([head.quality for head in heads], ""),
            "Bayes": f"{bayes:.2f}",
            "permutation": of_inputs(lambda share: share.permutation),
            "Shapley": of_inputs(lambda share: share.shapley),
            "cooperation": _with_error([head.cooperation for head in heads]),
            "EMAP gap": _with_error([head.emap_gap for head in heads]),
            "interaction": " / ".join(
                f"{mean(head.interaction[of] for head in heads):.2f}" for of in heads[0].interaction
            ),
            "lost without": _lost(request),
            "s": f"{median(inspection.seconds for inspection in inspections):.1f}",
        },
    )


def _with_error(values: Sequence[float], sign: str = "+") -> str:
    """The mean and its standard error; `+` shows the sign of the mean, but never of 0.00."""
    center = round(mean(values), 2) + 0.0
    return f"{center:{sign if center else ''}.2f} ± {stdev(values) / len(values) ** 0.5:.2f}"


def _lost(request: RunRequest) -> str:
    """What is lost without each input, with the ends of the 95 % interval."""
    results = train_groups(refit_groups(request, SEEDS), lambda *_: None)
    outcomes = {
        digest: Outcome(result.status, result.history, result.report)
        for digest, result in results.items()
    }
    refit = evaluate_refit(plan_refit(request, SEEDS), request, outcomes)
    return " / ".join(map(loss_text, next(iter(refit.heads.values())).inputs))


def _inspected(request: RunRequest) -> Inspection:
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
