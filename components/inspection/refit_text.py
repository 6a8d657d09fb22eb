"""The sentences about models that were trained without each input."""

from __future__ import annotations

from collections.abc import Iterator

from components.core.text import join_names, plural
from components.inspection.basis.results import ExplainedMeasure, HeadRefit, InputRefit, Refit
from components.race.statistics import VERDICT_SEEDS

TITLE = "Retrained without it"
MEANS = "what is lost if the model is trained without the input, over the same seeds and data"
LIMIT = (
    "What this model does with the input: a model without it learns anew, and may find the same "
    "information in the other inputs."
)


def loss_text(one: InputRefit) -> str:
    """`0.252 (0.231 to 0.273)`, with a note where that is not more than chance."""
    if one.problem:
        return "none"
    if one.loss is None:
        return "–"
    if one.low is None or one.high is None:
        return _signed(one.loss)
    note = ", no difference shown" if one.tied else ""
    return f"{_signed(one.loss)} ({_signed(one.low)} to {_signed(one.high)}){note}"


def explain_refit(head: HeadRefit, quality: str) -> ExplainedMeasure:
    """The losses of a head, explained; `quality` names what is lost."""
    return ExplainedMeasure(
        TITLE,
        ", ".join(f"`{one.name}` {loss_text(one)}" for one in head.inputs),
        verdict(head, quality),
        LIMIT,
    )


def verdict(head: HeadRefit, quality: str) -> str:
    """What a head loses most, and which inputs it can do without."""
    judged = [one for one in head.inputs if one.tied is not None]
    if not judged:
        return f"A verdict needs at least {VERDICT_SEEDS} seeds."
    lost = sorted((one for one in judged if not one.tied), key=lambda one: -(one.loss or 0))
    tied = [one for one in judged if one.tied]
    parts = [_lost(one, quality) for one in lost]
    if tied:
        names = join_names([f"`{one.name}`" for one in tied], last="or")
        size, seeds = max(one.detectable or 0.0 for one in tied), min(one.seeds for one in tied)
        parts.append(
            f"Without {names}, no difference is shown; with {seeds} seeds, one of "
            f"about {size:.3f} would have been (power .8)."
        )
    return " ".join(parts)


def _lost(one: InputRefit, quality: str) -> str:
    loss = one.loss or 0
    word = "loses" if loss > 0 else "gains"
    return f"Trained without `{one.name}`, the model {word} {abs(loss):.3f} {quality}."


def problems(refit: Refit) -> tuple[str, ...]:
    """Why there is no model without an input, a sentence each."""
    sentences = (
        f"Without `{one.name}` there is none: {one.problem}"
        for head in refit.heads.values()
        for one in head.inputs
        if one.problem
    )
    return tuple(dict.fromkeys(sentences))


def refit_lines(head: HeadRefit, quality: str) -> Iterator[str]:
    """The losses of a head as lines of text."""
    whole = "" if head.quality is None else f", of {quality} {head.quality:.3f}"
    yield f"  lost if retrained without{whole}"
    for one in head.inputs:
        text = one.problem or f"{loss_text(one)}, {plural(len(one.losses), 'seed')}"
        yield f"  {one.name[:19]:<20}  {text}"


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"
