"""Strategies × relations, measured: `python -m benchmarks strategies`.

Two vectors, each through one dense layer, merged, and a linear head: so nothing but the merge can
bring the branches together. Every cell is a mean of validation accuracy over seeds (another seed is
other data, other weights, another order), with half of its 95 % interval by Student's t. Above
stand the ceilings. Printed as a Markdown table, with seeds and settings below it.
"""

from __future__ import annotations

import math
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import mean, stdev
from typing import Any

from components.spec import Architecture, parse
from components.training.config import RunRequest, Settings
from components.training.loop import train
from sample_data.ceilings import Ceilings, ceilings
from sample_data.dataset import DataSpec, parse_data

SEEDS = range(5)
SAMPLES, VALIDATION, EPOCHS, BATCH, RATE = 3000, 1 / 3, 30, 64, 0.01
UNITS, FEATURES = 16, 8
STUDENT = 2.776
"""Two-sided 95 % quantile of Student's t with four degrees of freedom, for five seeds."""

RELATIONS = (
    "redundant",
    "unique",
    "additive",
    "xor",
    "xor:form=signs",
    "dot",
    "conditional",
    "cross_reliability",
    "similarity",
    "mix",
)
STRATEGIES: dict[str, dict[str, Any]] = {
    "late_sum": {"outputs": 1},
    "add": {},
    "average": {},
    "weighted_sum": {},
    "concatenate": {},
    "maximum": {},
    "multiply": {},
    "concatenate_product": {},
    "gated": {},
    "mixture_of_experts": {},
    "cross_gate": {},
    "film": {},
    "bilinear": {},
    "low_rank_fusion": {},
    "tensor_fusion": {},
    "cross_attention": {},
}


def main() -> None:
    """Train every cell with every seed, a process a core, and print the table.

    Every strategy has processes of its own: what Keras keeps of each model adds up.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for place, strategy in enumerate(STRATEGIES):
        cells = [(strategy, relation, seed) for relation in RELATIONS for seed in SEEDS]
        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            for (_, relation, _), reached in zip(cells, pool.map(_reached, cells), strict=True):
                found.setdefault((strategy, relation), []).append(reached)
        print(f"\r{place + 1} of {len(STRATEGIES)} strategies", end="", file=sys.stderr)
    print(file=sys.stderr)
    print("\n".join(_table(found)))


def _reached(cell: tuple[str, str, int]) -> float:
    """Validation accuracy of the last epoch."""
    strategy, relation, seed = cell
    settings = Settings(
        epochs=EPOCHS,
        batch_size=BATCH,
        learning_rate=RATE,
        validation_share=VALIDATION,
        seed=seed,
    )
    request = RunRequest(
        architecture=architecture(strategy), data=_data(relation, seed), settings=settings
    )
    return train(request, lambda _: None, lambda: False).final["val_y/accuracy"]


def _data(relation: str, seed: int) -> DataSpec:
    return DataSpec(relation=parse_data(relation), samples=SAMPLES, seed=seed)


def architecture(strategy: str) -> Architecture:
    """Two vectors, a dense layer each, the merge, and a head that adds no layer of its own mind."""
    encoder = {"kind": "dense", "depth": 1, "units": UNITS}
    inputs = [
        {"name": name, "kind": "vector", "features": FEATURES, "encoder": encoder}
        for name in ("left", "right")
    ]
    fields = STRATEGIES[strategy]
    merge = {"name": "fusion", "kind": strategy, "sources": ["left", "right"], **fields}
    head = {"name": "y", "kind": "binary", "source": "fusion", "dense": strategy != "late_sum"}
    return parse({"inputs": inputs, "merges": [merge], "heads": [head]})


def _table(found: dict[tuple[str, str], list[float]]) -> Iterator[str]:
    yield "| | " + " | ".join(_title(relation) for relation in RELATIONS) + " |"
    yield "|---|" + "---|" * len(RELATIONS)
    levels = [ceilings(architecture("add"), _data(relation, 0))["y"] for relation in RELATIONS]
    for name, level in (
        ("*chance*", lambda c: c.chance.value),
        ("*best single*", lambda c: max(one.value for one in c.single.values())),
        ("*best additive*", lambda c: c.additive.value),
        ("*Bayes*", lambda c: c.bayes.value),
    ):
        yield _row(name, [f"*{100 * _of(level, c):.0f}*" for c in levels])
    for strategy in STRATEGIES:
        yield _row(
            strategy.replace("_", " "), [_cell(found[strategy, relation]) for relation in RELATIONS]
        )
    yield ""
    yield (
        f"Validation accuracy in %, mean of seeds {SEEDS.start} to {SEEDS.stop - 1} ± half of the "
        f"95 % interval; {SAMPLES:,} samples, a third held back, {EPOCHS} epochs, Adam at {RATE}, "
        f"batches of {BATCH}; two vectors of {FEATURES}, a dense layer of {UNITS} each, a linear "
        "head."
    )


def _of(level: Any, found: Ceilings) -> float:
    value: float = level(found)
    return value


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def _cell(reached: Sequence[float]) -> str:
    half = STUDENT * stdev(reached) / math.sqrt(len(reached))
    return f"{100 * mean(reached):.0f} ± {100 * half:.0f}"


def _title(relation: str) -> str:
    kind, _, dials = relation.partition(":")
    return kind.replace("_", " ") + (f" ({dials.partition('=')[2]})" if dials else "")


if __name__ == "__main__":
    main()
