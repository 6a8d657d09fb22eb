"""The strategies reach every concept, and what they make can be built now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, seed, settings

from components.core.errors import SpecError
from components.encoders import ENCODERS
from components.heads import HEADS
from components.inputs import INPUTS
from components.merges import MERGES
from components.model.builder import build
from components.model.spec import Architecture
from tests.strategies import architectures

pytestmark = pytest.mark.matrix


def test_strategies_reach_every_concept_and_build_now_and_then() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=100, database=None)
    @given(architectures())
    def collect(spec: Architecture) -> None:
        seen.update({f"input {i.kind}" for i in spec.inputs})  # type: ignore[attr-defined]
        seen.update({f"encoder {i.encoder.kind}" for i in spec.inputs})  # type: ignore[attr-defined]
        seen.update({f"merge {m.kind}" for m in spec.merges})  # type: ignore[attr-defined]
        seen.update({f"head {h.kind}" for h in spec.heads})  # type: ignore[attr-defined]
        seen[f"merges {len(spec.merges)}"] += 1
        if seen["tried"] == 50:
            return
        seen["tried"] += 1
        try:
            build(spec)
        except SpecError:
            return
        seen["built"] += 1

    parts: dict[str, Iterable[str]] = {
        "input": INPUTS,
        "encoder": ENCODERS,
        "merge": MERGES,
        "head": HEADS,
    }
    every = {f"{part} {kind}" for part, kinds in parts.items() for kind in kinds}
    for start in range(16):
        if not every <= set(seen):
            seed(start)(collect)()
    assert every - set(seen) == set()
    assert all(seen[f"merges {count}"] for count in range(4))
    assert seen["built"] > seen["tried"] / 10, seen
