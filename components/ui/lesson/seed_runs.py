"""The runs of a check: what is known of them, their start, their progress, and Stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.core.text import plural
from components.lessons.checks import RunsCheck
from components.lessons.lesson import Lesson
from components.lessons.runs import failure_of, run_requests, scores_of
from components.model.spec import Architecture
from components.race.outcomes import Outcome, look_up
from components.runs.run import Run
from components.runs.sweeps import LESSON_PLAN, Sweep
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest


@dataclass(frozen=True)
class SeedRuns:
    """The runs of one check with one model, as they are now."""

    check: RunsCheck
    requests: Mapping[int, RunRequest]
    outcomes: Mapping[str, Outcome]
    scores: Mapping[int, float]
    """What the finished runs reached, by seed."""
    sweep: Sweep | None
    """The visitor's own work on them that has not ended."""

    @property
    def wanted(self) -> list[RunRequest]:
        """The runs that the next press of the button starts."""
        first = [seed for seed in range(self.check.seeds) if seed not in self.scores]
        more = [seed for seed in self.requests if seed not in self.scores][:1]
        return [self.requests[seed] for seed in first or more]

    @property
    def complete(self) -> bool:
        """Whether there are as many seeds as the check needs."""
        return len(self.scores) >= self.check.seeds

    @property
    def failure(self) -> str:
        """Why a run has failed; empty if none has."""
        return failure_of(self.wanted, self.outcomes)

    @property
    def button(self) -> str:
        """The label of the button that starts runs."""
        return f"Train {plural(len(self.wanted), 'more seed' if self.scores else 'seed')}"


def seed_runs(
    lesson: Lesson,
    check: RunsCheck,
    architecture: Architecture,
    runs: VisitorRuns,
    known: dict[str, Outcome],
) -> SeedRuns:
    """The runs of a check. `known` keeps what has finished, which is not read again."""
    requests = run_requests(lesson, check, architecture)
    digests = [request.digest for request in requests.values()]
    outcomes = look_up(digests, runs, known)
    known.update({d: one for d, one in outcomes.items() if one.status == "finished"})
    scores = scores_of(check, requests, outcomes)
    left = {request.digest for seed, request in requests.items() if seed not in scores}
    mine = (sweep for sweep in runs.lesson_sweeps() if left & set(sweep.digests)) if left else ()
    return SeedRuns(check, requests, outcomes, scores, next(iter(mine), None))


def start(shown: SeedRuns, lesson: Lesson, runs: VisitorRuns) -> None:
    """Queue the runs that are wanted, as one piece of work. Raises as `submit_sweep`."""
    runs.submit_sweep([shown.wanted], LESSON_PLAN, lesson.title[:80])


def stop(sweep: Sweep, runs: VisitorRuns) -> None:
    """End the work on the runs, and stop the one in training."""
    runs.end(sweep.id)


def progress(shown: SeedRuns, runs: VisitorRuns) -> tuple[float, str]:
    """How much of the visitor's work is done, from 0 to 1, and a sentence."""
    if shown.sweep is None:
        return 1.0, ""
    digests = shown.sweep.digests
    latest = runs.latest(digests)
    shares = [_share(latest[digest], runs) if digest in latest else 0.0 for digest in digests]
    ended = sum(share >= 1 for share in shares)
    if not any(shares):
        return 0.0, "Waiting in the queue, or preparing …"
    return sum(shares) / len(shares), f"{ended} of {plural(len(digests), 'seed')} trained"


def _share(run: Run, runs: VisitorRuns) -> float:
    if run.ended:
        return 1.0
    done = len(runs.points(run)) + (run.progress.fraction if run.progress else 0.0)
    return min(0.99, done / run.epochs)
