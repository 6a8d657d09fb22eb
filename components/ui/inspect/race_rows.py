"""The strategies of a race with what their inspections have found, as a table and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from markupsafe import Markup

from components.core.markup import to_csv
from components.inspection.explanation import quality_name
from components.inspection.results import HeadInspection
from components.race.entries import StrategyEntry
from components.render.html_table import html_table
from components.render.palette import Theme
from components.runs.run import Run
from components.ui.inspect.chart_parts import two_digits
from components.ui.kit import html_parts

NOT_INSPECTED = "not inspected"
MEANS = (
    "A share is what an input adds to the accuracy of this one model. **Cooperation** is what the "
    "inputs reach together beyond the sum of what each adds alone; below 0, they repeat each "
    "other, or accuracy can't rise further. The **EMAP gap** is the accuracy that the best sum of "
    "one function for each input can't reach."
)
LIMIT = (
    "It does not say that a strategy always uses its inputs like this: each row is one model, of "
    "seed 0. Retraining without an input can lose less than its share."
)
_BAR = html_parts.template(
    '<div class="share" title="{{ title }}"><span>{{ text }}</span>'
    '<i><b style="width:{{ width }}%;background:{{ color }}"'
    '{% if below %} class="below"{% endif %}></b></i></div>'
)


@dataclass(frozen=True)
class StrategyRow:
    """One strategy of a race: its run of seed 0, and the compared head of its inspection."""

    entry: StrategyEntry
    run: Run | None
    """`None` until it has finished."""
    head: HeadInspection | None
    state: str = NOT_INSPECTED
    """What stands in place of a result."""


def race_table(rows: Sequence[StrategyRow], theme: Theme) -> str:
    """The table as HTML: a row for each strategy, a column for each input and measure."""
    inputs = input_names(rows)
    quality = next((quality_name(row.head) for row in rows if row.head), "accuracy")
    measures = ("Cooperation", "EMAP gap", quality[0].upper() + quality[1:])
    head = ("Strategy", *(f"Share of {name}" for name in inputs), *measures)
    cells = [(row.entry.title, *_cells(row, inputs, theme)) for row in rows]
    return f'<div class="race-inspected">{html_table(cells, head, row_heads=True)}</div>'


def input_names(rows: Sequence[StrategyRow]) -> tuple[str, ...]:
    """The inputs of the inspected strategies."""
    heads = (row.head for row in rows if row.head is not None)
    return tuple(dict.fromkeys(share.name for head in heads for share in head.inputs))


def race_csv(rows: Sequence[StrategyRow]) -> str:
    """The numbers of all inspected strategies, one in a row."""
    numbers: list[tuple[object, ...]] = [("strategy", "seed", "measure", "input", "value")]
    for row in rows:
        if row.head is not None:
            numbers += [(row.entry.text, 0, *one) for one in _numbers(row.head)]
    return to_csv(numbers)


def _cells(row: StrategyRow, inputs: Sequence[str], theme: Theme) -> Iterator[object]:
    if row.head is None:
        yield Markup('<span class="missing">{}</span>').format(row.state)
        yield from [""] * (len(inputs) + 2)
        return
    shares = {share.name: share for share in row.head.inputs}
    for name, tones in zip(inputs, cycle(theme.branches), strict=False):
        share = shares[name]
        title = f"{name}: share {share.shapley:+.3f}, permutation {share.permutation:.3f}"
        text = f"{two_digits(share.shapley, '+')} · permuted {two_digits(share.permutation)}"
        width = round(100 * min(1.0, abs(share.shapley)))
        below = share.shapley < 0
        bar = {"title": title, "text": text, "width": width, "below": below}
        yield Markup(_BAR.render(**bar, color=tones.solid))
    yield two_digits(row.head.cooperation, "+")
    yield two_digits(row.head.emap_gap, "+")
    yield two_digits(row.head.quality)


def _numbers(head: HeadInspection) -> Iterator[tuple[object, ...]]:
    for share in head.inputs:
        yield "Shapley share", share.name, share.shapley
        yield "permutation", share.name, share.permutation
    yield "cooperation", "", head.cooperation
    yield "EMAP gap", "", head.emap_gap
    yield quality_name(head), "", head.quality
