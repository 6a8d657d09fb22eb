"""Limits of the data as they are shown: ceilings, and where the information is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

from components.render.palette import Theme
from components.ui.data.data_limits import DataLimits
from components.ui.widgets import html_parts
from sample_data.ceilings import OTHER_SUMS, Ceiling, Ceilings
from sample_data.ceilings.information import Information

LEAST_BITS = 0.005
"""Smaller parts are not shown: they would read as 0.00."""

TERMS = """
- **Chance**: guessing without any input.
- **Alone**: the best that a model with this input only can reach.
- **Additive model**: the best sum of one function of each input. It can't combine inputs.
- **Bayes optimum**: the best that any model can reach on this data.
- **Bits about the label**: one bit decides a yes or no. *Redundant* bits are in every input,
  *unique* ones in one input only, and *synergy* only in all inputs together.
"""
"""The words of the panel, explained."""


def strip(limits: DataLimits | None, theme: Theme, inputs: Sequence[str]) -> str:
    """For each head the ceilings of chance, each input, additive models and all models; then the
    information in bits.

    While they are being computed, a line of the same height says so.
    """
    if limits is None:
        return '<p class="possible wait">Computing the best possible results on this data …</p>'
    if limits.error:
        return f'<p class="possible wait">{escape(limits.error)}</p>'
    rows = [
        _row(head, of_head, theme, inputs, len(limits.ceilings) > 1)
        for head, of_head in limits.ceilings.items()
    ]
    bits = _bits(limits.information, theme, inputs) if limits.information else ""
    return f'<div class="possible">{"".join(rows)}{bits}</div>'


def _row(head: str, of_head: Ceilings, theme: Theme, inputs: Sequence[str], named: bool) -> str:
    measure = "accuracy" if of_head.measure == "accuracy" else "R²"
    title = f"{head}: ceilings of {measure}" if named else f"Ceilings of {measure}"
    hues = dict(zip(inputs, cycle(tones.title for tones in theme.branches), strict=False))
    share = of_head.measure == "accuracy"
    added = (
        "With one function for each input, added: the sum of least "
        f"{'cross-entropy' if share else 'squared error'}, which training finds."
    )
    other = OTHER_SUMS if share else ""
    cells = [
        _cell("chance", of_head.chance, theme.quiet, "Without any input."),
        *(
            _cell(f"{name} alone", of_head.single[name], hue, "With this input alone.")
            for name, hue in hues.items()
            if name in of_head.single
        ),
        _cell("additive model", of_head.additive, theme.trunk.title, added, other),
        _cell("Bayes optimum", of_head.bayes, theme.merge.title, "With the best possible model."),
    ]
    return html_parts.figures(cells, title, small=True)


def _cell(name: str, level: Ceiling, color: str, note: str, more: str = "") -> html_parts.Figure:
    error = f"Simulated, ± {level.error:.4f}." if level.error else "Exact."
    notes = " ".join(filter(None, (note, error, more)))
    return html_parts.Figure(name, f"{level.value:.3f}", notes, color)


def _bits(information: Information, theme: Theme, inputs: Sequence[str]) -> str:
    """A bar of the information about the label: redundant, unique to each input, synergistic."""
    hues = zip(inputs, cycle(tones.solid for tones in theme.branches), strict=False)
    unique = ((f"only {name}", information.unique.get(name, 0.0), hue) for name, hue in hues)
    parts = [
        ("redundant", information.redundancy, theme.trunk.solid),
        *unique,
        ("synergy", information.synergy, theme.merge.solid),
    ]
    total = sum(max(bits, 0.0) for _, bits, _ in parts)
    if total < LEAST_BITS:
        return (
            '<div class="bits"><span>The inputs have no information about the label.</span></div>'
        )
    shown = [part for part in parts if part[1] >= LEAST_BITS]
    bar = "".join(
        f'<i style="width:{100 * bits / total:.1f}%;background:{color}"></i>'
        for _, bits, color in shown
    )
    legend = "".join(
        f'<span><i class="dot" style="background:{color}"></i>{escape(name)} {bits:.2f}</span>'
        for name, bits, color in shown
    )
    error = f", ± {information.error:.3f}" if information.error else ""
    title = f"Information about the label, in bits{error}{_decomposition(len(information.unique))}"
    return (
        f'<div class="bits" title="{escape(title)}"><span class="of">Bits about the label</span>'
        f'<div class="stack">{bar}</div>{legend}</div>'
    )


def _decomposition(inputs: int) -> str:
    """How the bits of the inputs are divided: two have a decomposition from the literature."""
    if inputs == 2:
        return " (Bertschinger 2014)"
    if inputs < 2:
        return ""
    return (
        ". Unique to an input is what all others together do not say. Synergy is what remains: it "
        "also holds what only some of the inputs share"
    )
