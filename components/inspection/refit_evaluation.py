"""What refits say: the mean loss without each input, over the seeds that both models have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from components.heads.base import Head
from components.inspection.basis.results import HeadRefit, InputRefit, Refit
from components.inspection.refit import ReducedModel, RefitPlan
from components.race.distributions import detectable
from components.race.measures import measure_of, reached
from components.race.outcomes import Outcome
from components.race.statistics import (
    POWER,
    VERDICT_SEEDS,
    Look,
    Pairs,
    holm,
    interval,
    look,
    pairs,
    step_of,
)
from components.training.requests import RunRequest

Scores = Mapping[int, float]
"""Qualities by seed."""


def evaluate_refit(plan: RefitPlan, request: RunRequest, outcomes: Mapping[str, Outcome]) -> Refit:
    """The result of a plan from the outcomes of its runs by digest, as many as are known."""
    statuses = [outcomes.get(digest, Outcome()).status for digest in plan.digests]
    failed = [outcomes[d] for d in plan.digests if d in outcomes and outcomes[d].status == "failed"]
    reader = _ScoreReader(outcomes, request.settings.validation_share > 0)
    due = look(_ended(plan, outcomes), plan.seeds)
    return Refit(
        seeds=plan.seeds,
        done=statuses.count("finished"),
        failed=len(failed),
        total=len(statuses),
        message=failed[0].message if failed else "",
        heads={head.name: _head(plan, head, reader, due) for head in request.architecture.heads},
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


def _ended(plan: RefitPlan, outcomes: Mapping[str, Outcome]) -> set[int]:
    """The seeds with which every model has finished or failed."""
    models = [plan.whole, *(one.digests for one in plan.without if one.digests)]
    return {
        seed
        for seed, digests in enumerate(zip(*models, strict=True))
        if all(outcomes.get(d, Outcome()).status in ("finished", "failed") for d in digests)
    }


def _head(plan: RefitPlan, head: Head, reader: _ScoreReader, due: Look | None) -> HeadRefit:
    whole = reader.read(head, plan.whole)
    without = {one.input: reader.read(head, one.digests) for one in plan.without}
    rows = [_without(one, head, whole, without[one.input]) for one in plan.without]
    return HeadRefit(
        quality=fmean(whole.values()) if whole else None,
        inputs=tuple(rows if due is None else _judged(rows, whole, without, due)),
    )


def _judged(
    rows: Sequence[InputRefit], whole: Scores, without: Mapping[str, Scores], due: Look
) -> Iterator[InputRefit]:
    """The rows with a verdict on each of enough seeds, corrected for their number (Holm)."""
    tested: dict[str, Pairs] = {}
    step = step_of((whole, *without.values()))
    for row in rows:
        seeds = [seed for seed in due.seeds if seed in row.losses]
        if len(seeds) >= VERDICT_SEEDS:
            scores = without[row.name]
            tested[row.name] = pairs([whole[s] for s in seeds], [scores[s] for s in seeds], step)
    adjusted = dict(zip(tested, holm([one.p for one in tested.values()]), strict=True))
    undecided = sum(p > due.level for p in adjusted.values())
    for row in rows:
        p, own = adjusted.get(row.name), tested.get(row.name)
        if p is None or own is None:
            yield row
        elif p <= due.level:
            yield row.model_copy(update={"p": p, "tied": False, "seeds": own.freedom + 1})
        else:
            size = own.error * detectable(2, own.freedom, due.level / undecided, POWER)
            verdict = {"p": p, "tied": True, "detectable": size, "seeds": own.freedom + 1}
            yield row.model_copy(update=verdict)


def _without(one: ReducedModel, head: Head, whole: Scores, scores: Scores) -> InputRefit:
    if one.problem:
        return InputRefit(name=one.input, problem=one.problem)
    if head.name not in one.heads:
        return InputRefit(name=one.input, problem=f"`{head.name}` reads no other input.")
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
    )
