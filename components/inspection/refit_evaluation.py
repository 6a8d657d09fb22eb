"""What refits say: the mean loss without each input, over the seeds that both models have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from components.heads.base import Head
from components.inspection.refit import ReducedModel, RefitPlan
from components.inspection.results import HeadRefit, InputRefit, Refit
from components.race.measures import measure_of, reached
from components.race.outcomes import Outcome
from components.race.statistics import LEVEL, holm, interval, paired
from components.training.requests import RunRequest

Scores = Mapping[int, float]
"""Qualities by seed."""


def evaluate_refit(plan: RefitPlan, request: RunRequest, outcomes: Mapping[str, Outcome]) -> Refit:
    """The result of a plan from the outcomes of its runs by digest, as many as are known."""
    statuses = [outcomes.get(digest, Outcome()).status for digest in plan.digests]
    failed = [outcomes[d] for d in plan.digests if d in outcomes and outcomes[d].status == "failed"]
    reader = _ScoreReader(outcomes, request.settings.validation_share > 0)
    return Refit(
        seeds=plan.seeds,
        done=statuses.count("finished"),
        failed=len(failed),
        total=len(statuses),
        message=failed[0].message if failed else "",
        heads={head.name: _head(plan, head, reader) for head in request.architecture.heads},
    )


@dataclass(frozen=True)
class _ScoreReader:
    outcomes: Mapping[str, Outcome]
    validated: bool

    def read(self, head: Head, digests: tuple[str, ...]) -> Scores:
        """The quality of a head in runs that have finished, by seed."""
        measure = measure_of(head, self.validated)
        values = {
            seed: reached(self.outcomes.get(digest, Outcome()), head.name, measure)
            for seed, digest in enumerate(digests)
        }
        return {seed: value for seed, value in values.items() if value is not None}


def _head(plan: RefitPlan, head: Head, reader: _ScoreReader) -> HeadRefit:
    whole = reader.read(head, plan.whole)
    rows = [_without(one, head, whole, reader) for one in plan.without]
    tested = {row.name: row.p for row in rows if row.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return HeadRefit(
        quality=fmean(whole.values()) if whole else None,
        inputs=tuple(_judged(row, adjusted.get(row.name)) for row in rows),
    )


def _judged(row: InputRefit, p: float | None) -> InputRefit:
    """A row with its corrected p, if it was tested."""
    return row if p is None else row.model_copy(update={"p": p, "tied": p > LEVEL})


def _without(one: ReducedModel, head: Head, whole: Scores, reader: _ScoreReader) -> InputRefit:
    if one.problem:
        return InputRefit(name=one.input, problem=one.problem)
    if head.name not in one.heads:
        return InputRefit(name=one.input, problem=f"`{head.name}` reads no other input.")
    scores = reader.read(head, one.digests)
    seeds = sorted(whole.keys() & scores.keys())
    if not seeds:
        return InputRefit(name=one.input)
    losses = {seed: whole[seed] - scores[seed] for seed in seeds}
    span = interval(list(losses.values()))
    return InputRefit(
        name=one.input,
        quality=fmean(scores[seed] for seed in seeds),
        losses=losses,
        loss=span.mean,
        low=span.low,
        high=span.high,
        p=paired([whole[seed] for seed in seeds], [scores[seed] for seed in seeds]),
    )
