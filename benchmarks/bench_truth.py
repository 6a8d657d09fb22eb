"""Relations × kinds of input: does a suitable model come near its ceiling?

`python -m benchmarks truth`, or `python -m benchmarks.bench_truth [--relations dot,xor]
[--kinds image] [--seeds 2]`. A row for each pair: accuracy on held back samples after the last
epoch (mean over seeds; the worst head, where there are several), what is possible at best, the gap
in points, and seconds of training. Pairs that cannot be shown say why; so does the list of gaps of
more than 3 points at the end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean

from benchmarks.rows import BenchmarkRow, show
from benchmarks.suitable import KINDS, suit
from components.core.errors import DataError
from components.training.loop import train
from components.training.requests import RunRequest
from sample_data.ceilings import ceilings
from sample_data.relations import RELATIONS

NEAR = 0.03
SIX = ("image", "tokens", "embeddings", "timeseries", "vector", "categorical")
REASONS = {
    ("recall", "tokens"): "that the words of a key and of a query belong together must be found "
    "from labels alone, and each pair of words is seen a few times only",
    ("missing", "categorical"): "an absent input is id 0, which also stands for some causes",
}
"""Why a pair stays far below, where more samples or a larger model would not fix it."""


@dataclass(frozen=True)
class Pair:
    """What a suitable model reached on one relation and kind; `refused` where it has no meaning."""

    relation: str
    kind: str
    reached: float = 0.0
    trained: float = 0.0
    ceiling: float = 0.0
    seconds: float = 0.0
    refused: str = ""

    @property
    def gap(self) -> float:
        """How far below the ceiling, as a share."""
        return self.ceiling - self.reached


def main(arguments: Sequence[str] = ()) -> None:
    """Train every pair, a process a core, and print the tables.

    Every relation has processes of its own: what Keras keeps of each model adds up.
    """
    asked = _asked(arguments)
    relations = asked.relations.split(",")
    measured: list[Pair] = []
    for relation in relations:
        pairs = [(relation, kind, asked.seeds) for kind in asked.kinds.split(",")]
        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            measured += pool.map(_measured, pairs)
        done = len(measured) // len(pairs)
        print(f"\r{done} of {len(relations)} relations", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    show("relation on kind", [_row(pair) for pair in measured if not pair.refused])
    show("gap in points", _matrix(measured))
    _say_why(measured)
    print(f"\nmaking 2,000 samples of six inputs: {_making():.2f} s")


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_truth", allow_abbrev=False)
    parser.add_argument("--relations", default=",".join(RELATIONS))
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seeds", type=int, default=1)
    return parser.parse_args(arguments)


def _measured(pair: tuple[str, str, int]) -> Pair:
    relation, kind, seeds = pair
    begun = time.perf_counter()
    try:
        runs = [_run(relation, kind, seed) for seed in range(seeds)]
    except DataError as error:
        return Pair(relation, kind, refused=f"{error.rule} Received `{error.received}`.")
    reached, trained, ceiling = (mean(figures) for figures in zip(*runs, strict=True))
    return Pair(relation, kind, reached, trained, ceiling, time.perf_counter() - begun)


def _run(relation: str, kind: str, seed: int) -> tuple[float, float, float]:
    """Accuracy on held back and on trained samples, and the ceiling, of the worst head."""
    suited = suit(relation, kind, seed)
    best = ceilings(suited.architecture, suited.data)
    request = RunRequest(
        architecture=suited.architecture, data=suited.data, settings=suited.settings
    )
    final = train(request, lambda _: None, lambda: False).final
    heads = (
        (final[f"val_{head}/accuracy"], final[f"{head}/accuracy"], ceiling.bayes.value)
        for head, ceiling in best.items()
    )
    return max(heads, key=lambda one: one[2] - one[0])


def _row(pair: Pair) -> BenchmarkRow:
    return BenchmarkRow(
        f"{pair.relation} on {pair.kind}",
        {
            "accuracy": f"{pair.reached:.3f}",
            "in training": f"{pair.trained:.3f}",
            "ceiling": f"{pair.ceiling:.3f}",
            "gap": f"{100 * pair.gap:.1f}",
            "s": f"{pair.seconds:.0f}",
        },
    )


def _matrix(measured: Sequence[Pair]) -> list[BenchmarkRow]:
    relations = dict.fromkeys(pair.relation for pair in measured)
    return [
        BenchmarkRow(
            relation,
            {
                pair.kind: "–" if pair.refused else f"{100 * pair.gap:.1f}"
                for pair in measured
                if pair.relation == relation
            },
        )
        for relation in relations
    ]


def _say_why(measured: Sequence[Pair]) -> None:
    print()
    for pair in measured:
        if pair.refused:
            print(f"{pair.relation} on {pair.kind}: not shown. {pair.refused}")
    far = [pair for pair in measured if not pair.refused and pair.gap > NEAR]
    for pair in far:
        learnt = pair.ceiling - pair.trained < NEAR
        why = REASONS.get((pair.relation, pair.kind)) or (
            "the samples it was trained on are learnt, so more samples would help"
            if learnt
            else "not even the samples it was trained on are learnt"
        )
        print(f"{pair.relation} on {pair.kind}: {100 * pair.gap:.1f} points below; {why}.")
    shown = sum(not pair.refused for pair in measured)
    print(f"{shown - len(far)} of {shown} pairs within {100 * NEAR:.0f} points of the ceiling")


def _making() -> float:
    """Seconds to make 2,000 samples of an input of each kind at ordinary sizes."""
    from components.model.spec import parse
    from sample_data.synthetic import DataSpec, make, parse_data

    sizes = {
        "image": {"height": 32, "width": 32, "channels": 3},
        "tokens": {"length": 20},
        "embeddings": {"length": 20, "features": 16},
        "timeseries": {"length": 50, "features": 3},
        "vector": {"features": 8},
        "categorical": {"categories": 10},
    }
    inputs = [{"name": kind, "kind": kind, **sizes[kind]} for kind in SIX]
    merge = {"name": "fusion", "kind": "concatenate", "sources": list(SIX)}
    head = {"name": "label", "kind": "binary", "source": "fusion"}
    architecture = parse({"inputs": inputs, "merges": [merge], "heads": [head]})
    begun = time.perf_counter()
    make(architecture, DataSpec(relation=parse_data("additive"), samples=2000))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1:])
