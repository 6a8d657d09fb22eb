"""Author's part of a record: reasons, limits, and verdicts on the limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any, ClassVar

from pydantic import Field

from components.base.text import byte_size
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import NOMINAL_LENGTH, Cost
from components.models.language.fields import hints
from components.models.language.registry import Concept

CALLS, WARM_UP = 50, 5
"""Number of predictions that are timed, and of those before them that are not."""
WEIGHT_BYTES = {"float32": 4, "float16": 2, "int8": 1}


def _limit(title: str, help: str, unit: str = "") -> Any:
    shown = hints(title=f"Limit of {title}", unit=unit, step=1.0)
    return Field(None, ge=0.0, description=help, json_schema_extra=shown)


class AuthorNotes(Concept):
    """Reasons and limits of an author; `None` sets no limit."""

    title: ClassVar[str] = "Author's notes"

    author: str = Field("", max_length=100, description="Who wrote the record. Empty: nobody.")
    why: str = Field(
        "",
        description="Why this model was chosen. Paragraphs, lists, emphasis, code and links of "
        "Markdown are shown as such.",
    )
    parameters: float | None = _limit("parameters", "The most parameters.")
    size: float | None = _limit("weights", "The most megabytes of weights.", "MB")
    flops: float | None = _limit("FLOPs", "The most FLOPs per sample.")
    latency: float | None = _limit("latency", "The most milliseconds for one sample.", "ms")


def budget_rows(
    cost: Cost, author: AuthorNotes, latency: float | None
) -> Iterator[tuple[str, str, str, str]]:
    """Yield each figure of a model: its name, value, limit and verdict.

    `latency` is in milliseconds, `None` if it was not measured.
    """
    yield _row("Parameters", cost.parameters, f"{cost.parameters:,}", author.parameters)
    for name, size in WEIGHT_BYTES.items():
        weights = cost.parameters * size
        yield _row(f"Weights as {name}", weights / 1e6, byte_size(weights), author.size, " MB")
    flops = _row("FLOPs per sample", cost.flops, cost.flops_text(exact=True), author.flops)
    is_open = cost.uncounted and flops[-1] == "pass"
    yield (*flops[:-1], "unknown") if is_open else flops
    if latency is not None:
        yield _row("Latency of one sample", latency, f"{latency:.3g} ms", author.latency, " ms")


def _row(
    title: str, value: float, text: str, limit: float | None, unit: str = ""
) -> tuple[str, str, str, str]:
    if limit is None:
        return title, text, "–", "no limit"
    return title, text, f"{limit:,.12g}{unit}", "pass" if value <= limit else "fail"


def measure_latency(architecture: Architecture) -> float:
    """Return the median milliseconds that the real model takes for one sample on this machine."""
    import numpy as np

    from components.models.architecture.builder import build_with_weights

    model = build_with_weights(architecture).model
    sample = {
        name: np.zeros((1, *(axis or NOMINAL_LENGTH for axis in x.shape[1:])), x.dtype)
        for name, x in model.input.items()
    }
    seconds = []
    for _ in range(WARM_UP + CALLS):
        start = time.perf_counter()
        model.predict_on_batch(sample)
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds[WARM_UP:])
