"""What any model can reach on the data: ceilings and where the information is, beside the data."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from html import escape

from components.core.errors import PlaygroundError
from components.model.spec import Architecture
from components.render.palette import Theme
from components.ui.kit.charts import LevelLine
from sample_data.ceilings import Ceiling, Ceilings, ceilings
from sample_data.ceilings.information import Information, decomposition
from sample_data.synthetic import DataSpec

KEPT = 64
LEAST_BITS = 0.005
"""Less is not shown: it would read as 0.00."""
MEASURES = {"accuracy": "accuracy", "r2": "r2_score"}
"""The measure of a ceiling, and the metric of a head it is a ceiling of."""


@dataclass(frozen=True)
class Possible:
    """Ceilings by head, and the information of the inputs about the first head's label."""

    ceilings: Mapping[str, Ceilings]
    information: Information | None
    said: str = ""
    """Why there is none, where there is none."""


_pool = ThreadPoolExecutor(1, thread_name_prefix="ceilings")
_asked: OrderedDict[tuple[Architecture, DataSpec], Future[Possible]] = OrderedDict()
_lock = threading.Lock()


def possible(architecture: Architecture, data: DataSpec) -> Possible | None:
    """What is possible, or nothing while it is still being computed in the background."""
    few = data.model_copy(update={"samples": 20, "seed": 0})
    with _lock:
        future = _asked.get((architecture, few))
        if future is None:
            future = _asked[architecture, few] = _pool.submit(_computed, architecture, few)
            while len(_asked) > KEPT:
                _asked.popitem(last=False)
    return future.result() if future.done() else None


def marks(found: Possible | None, key: str) -> Sequence[LevelLine]:
    """The levels to draw across the chart of `head/metric`."""
    head, _, metric = key.partition("/")
    of_head = found.ceilings.get(head) if found else None
    if of_head is None or MEASURES[of_head.measure] != metric:
        return ()
    best = max(of_head.single.items(), key=lambda item: item[1].value, default=None)
    return [
        LevelLine("chance", of_head.chance.value),
        *([LevelLine(f"best single ({best[0]})", best[1].value)] if best else []),
        LevelLine("best additive", of_head.additive.value),
        LevelLine("Bayes", of_head.bayes.value),
    ]


def strip(found: Possible | None, theme: Theme, inputs: Sequence[str]) -> str:
    """One line a head: what chance, each input, an additive model and Bayes reach; then the bits.

    While nothing is known yet, the line says so and takes the same room.
    """
    if found is None:
        return '<p class="possible wait">What is possible on this data is being worked out …</p>'
    if found.said:
        return f'<p class="possible wait">{escape(found.said)}</p>'
    rows = [
        _row(head, of_head, theme, inputs, len(found.ceilings) > 1)
        for head, of_head in found.ceilings.items()
    ]
    bits = _bits(found.information, theme, inputs) if found.information else ""
    return f'<div class="possible">{"".join(rows)}{bits}</div>'


def _computed(architecture: Architecture, data: DataSpec) -> Possible:
    try:
        return Possible(ceilings(architecture, data), decomposition(architecture, data.relation))
    except PlaygroundError as error:
        return Possible({}, None, str(error))


def _row(head: str, found: Ceilings, theme: Theme, inputs: Sequence[str], named: bool) -> str:
    measure = "accuracy" if found.measure == "accuracy" else "R²"
    title = f"{head}: best {measure}" if named else f"Best possible {measure}"
    cells = [_cell("chance", found.chance, theme.quiet, "Without looking at any input.")]
    for place, name in enumerate(inputs):
        if name in found.single:
            hue = theme.branches[place % len(theme.branches)].title
            cells.append(_cell(f"{name} alone", found.single[name], hue, "By this input alone."))
    cells.append(
        _cell("additive", found.additive, theme.trunk.title, "By a sum of what each input says.")
    )
    cells.append(
        _cell("Bayes", found.bayes, theme.merge.title, "By the best of all models, on all inputs.")
    )
    return f'<dl class="figures small"><dt class="of">{escape(title)}</dt>{"".join(cells)}</dl>'


def _cell(name: str, level: Ceiling, color: str, told: str) -> str:
    error = f" Simulated, ± {level.error:.4f}." if level.error else " Exact."
    return (
        f'<div title="{escape(told + error)}"><dt style="color:{color}">{escape(name)}</dt>'
        f"<dd>{level.value:.3f}</dd></div>"
    )


def _bits(found: Information, theme: Theme, inputs: Sequence[str]) -> str:
    """A bar of the bits about the label: redundant, unique to each input, synergistic."""
    parts = [("redundant", found.redundancy, theme.trunk.solid)]
    parts += [
        (f"only {name}", found.unique.get(name, 0.0), theme.branches[p % len(theme.branches)].solid)
        for p, name in enumerate(inputs)
    ]
    parts.append(("synergy", found.synergy, theme.merge.solid))
    total = sum(max(bits, 0.0) for _, bits, _ in parts)
    if total < LEAST_BITS:
        return '<div class="bits"><span>The inputs tell nothing about the label.</span></div>'
    shown = [part for part in parts if part[1] >= LEAST_BITS]
    bar = "".join(
        f'<i style="width:{100 * bits / total:.1f}%;background:{color}"></i>'
        for _, bits, color in shown
    )
    legend = "".join(
        f'<span><i class="dot" style="background:{color}"></i>{escape(name)} {bits:.2f}</span>'
        for name, bits, color in shown
    )
    error = f", ± {found.error:.3f}" if found.error else ""
    told = f"Information about the label, in bits{error} (Bertschinger 2014)"
    return (
        f'<div class="bits" title="{escape(told)}"><span class="of">Bits about the label</span>'
        f'<div class="stack">{bar}</div>{legend}</div>'
    )
