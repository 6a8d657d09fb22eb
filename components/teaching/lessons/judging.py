"""Judgement of the checks of a lesson: pure functions that pages and the command line share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from components.base.errors import LessonError
from components.base.text import join_names, plural, size_text
from components.experiments.races.results import Measure, measure_of
from components.experiments.races.statistics import LEVEL, Interval, interval, paired
from components.models.architecture.architecture import Architecture, sizes
from components.teaching.lessons.checks import (
    ArchitectureCheck,
    BetCheck,
    Check,
    ChoiceCheck,
    Condition,
    NumberCheck,
    RunsCheck,
    Value,
)
from components.teaching.lessons.evidence import Evidence, SeedScores
from components.teaching.lessons.facts import FACTS, Fact, Facts
from components.teaching.lessons.lesson import Lesson

BUILD_FIRST = "The model can't be built yet."
ROUNDING = 1e-9
"""Tolerance for means at a limit, because sums of shares are rounded."""
LATE_BET = "The bet came after the runs. Start over to bet again."


@dataclass(frozen=True)
class CheckAnswer:
    """Verdict on a check; `text` is the feedback if it does not pass."""

    passed: bool
    text: str
    answered: bool = True
    """`False` if there was nothing to judge yet."""


def judge(check: Check, lesson: Lesson, evidence: Evidence) -> CheckAnswer:
    """Judge one check. Raises `LessonError` if a condition needs a number."""
    if isinstance(check, BetCheck):
        return _bet(check, evidence)
    if isinstance(check, ArchitectureCheck):
        return _architecture(check, evidence)
    if isinstance(check, RunsCheck):
        return _runs(check, lesson, evidence)
    if isinstance(check, NumberCheck):
        return _number(check, evidence)
    return _choice(check, evidence)


def judge_all(lesson: Lesson, evidence: Evidence) -> dict[str, CheckAnswer]:
    """Judge all checks of a lesson; return the answers by id."""
    return {check.id: judge(check, lesson, evidence) for check in lesson.checks}


def bet_sentence(check: BetCheck, choice: str) -> str:
    """Say if a choice was right; empty if the lesson does not define the right one."""
    if not check.answer:
        return ""
    if choice == check.answer:
        return f"Your bet was right: {check.answer}."
    return f'You bet on {choice}. The right answer is "{check.answer}".'


def _bet(check: BetCheck, evidence: Evidence) -> CheckAnswer:
    choice, late = evidence.bets.get(check.id, ("", False))
    if choice not in check.options:
        return CheckAnswer(False, "Choose an option and lock your bet before you train.", False)
    if late:
        return CheckAnswer(False, LATE_BET)
    return CheckAnswer(True, f"Your bet is locked: {choice}.")


def _architecture(check: ArchitectureCheck, evidence: Evidence) -> CheckAnswer:
    facts = evidence.facts_for(check.id) if check.keeps else evidence.facts
    if facts is None:
        return CheckAnswer(False, f"{BUILD_FIRST} {evidence.problem}".strip())
    missing = list(_unmet(check.conditions, facts))
    return CheckAnswer(not missing, " ".join(missing) or "The model meets all conditions.")


def _number(check: NumberCheck, evidence: Evidence) -> CheckAnswer:
    value = evidence.answers.get(check.id)
    if not isinstance(value, int | float):
        return CheckAnswer(False, "Type a number.", False)
    if check.is_right(value):
        return CheckAnswer(True, f"{value:,.10g} is right.")
    low = value < check.answer
    more = (check.low if low else check.high) or "Count again."
    return CheckAnswer(False, f"{value:,.10g} is too {'low' if low else 'high'}. {more}")


def _choice(check: ChoiceCheck, evidence: Evidence) -> CheckAnswer:
    chosen = next((o for o in check.options if o.text == evidence.answers.get(check.id)), None)
    if chosen is None:
        return CheckAnswer(False, "Choose one of the options.", False)
    if chosen.right:
        return CheckAnswer(True, "That is right.")
    return CheckAnswer(False, chosen.otherwise or "That is not it. Think again.")


def _runs(check: RunsCheck, lesson: Lesson, evidence: Evidence) -> CheckAnswer:
    if evidence.facts is None:
        return CheckAnswer(False, f"{BUILD_FIRST} {evidence.problem}".strip())
    if unmet := before_runs(check, lesson, evidence.facts):
        return CheckAnswer(False, unmet)
    known, most = evidence.scores.get(check.id, {}), check.most_seeds or check.seeds
    scores = {seed: known[seed] for seed in range(most) if seed in known}
    done = sum(seed < check.seeds for seed in scores)
    if done < check.seeds:
        tried = bool(done or evidence.failures.get(check.id))
        return CheckAnswer(False, _not_trained(check, evidence, done), tried)
    measure = measure_of(evidence.facts.architecture.heads[0], validated=True)
    mean = fmean(scores.values())
    lacking: list[str] = []
    reached: list[str] = []
    if check.at_least is not None and not _at_least(mean, check.at_least):
        lacking.append(f"At least {measure.text(check.at_least)} are needed.")
    if check.below is not None and _at_least(mean, check.below):
        lacking.append(f"It must stay below {measure.text(check.below)}.")
    for holds, sentence in _compared(check, lesson, scores, measure):
        (reached if holds else lacking).append(sentence)
    if not lacking:
        return CheckAnswer(True, " ".join((_figures(scores, measure), *reached)))
    words = (_figures(scores, measure), *lacking, check.otherwise)
    return CheckAnswer(False, " ".join(words).strip())


def _at_least(value: float, limit: float) -> bool:
    return value >= limit - ROUNDING


def before_runs(check: RunsCheck, lesson: Lesson, facts: Facts) -> str:
    """Return feedback on a model that is not worth training for a check; empty if it is."""
    other = _other_data(lesson.solution.architecture, facts.architecture)
    return " ".join([*other, *_unmet(check.conditions, facts)])


def _other_data(solution: Architecture, own: Architecture) -> Iterator[str]:
    """Yield a sentence if a model reads or predicts other data than the lesson's solution."""
    data, other_data = (list(map(sizes, one.data_inputs)) for one in (solution, own))
    if data != other_data:
        shapes = [f"{one.name} ({size_text(one.shape)})" for one in solution.data_inputs]
        yield f"The inputs must be those of the lesson: {join_names(shapes)}."
    head, other = solution.heads[0], own.heads[0]
    if (head.target, head.width) != (other.target, other.width):
        yield f"The head must be that of the lesson: {head.title.lower()}."


def _not_trained(check: RunsCheck, evidence: Evidence, done: int) -> str:
    if failure := evidence.failures.get(check.id):
        return f"A run has failed. {failure}"
    seeds = plural(check.seeds, "seed")
    if not done:
        return f"Train this model first, with {seeds}."
    return f"{done} of {seeds} are trained. Train the others, too."


def _figures(scores: SeedScores, measure: Measure) -> str:
    span, seeds = interval(list(scores.values())), plural(len(scores), "seed")
    between = ""
    if span.low is not None and span.high is not None:
        low, high = measure.within(span.low), measure.within(span.high)
        between = f" (95 % interval {measure.text(low, False)} to {measure.text(high, False)})"
    return f"This model reaches {measure.text(span.mean)}{between} over {seeds}."


def _compared(
    check: RunsCheck, lesson: Lesson, scores: SeedScores, measure: Measure
) -> Iterator[tuple[bool, str]]:
    """Yield for each comparison with a reference model `True` if it holds, and a sentence on it."""
    if name := check.beats:
        _, reaches, mine, theirs = _known_scores(lesson, name, scores, measure)
        lead, p = fmean(mine) - fmean(theirs), paired(mine, theirs)
        if lead > 0 and p is not None and p < LEVEL:
            yield True, f"{reaches}: this beats it by more than seed-to-seed variation."
        elif lead > 0:
            more = f"{measure.difference(lead)} more are not larger than seed-to-seed variation"
            yield False, f"{reaches}: {more}."
        else:
            yield False, f"{reaches}: this model is not above it."
    if name := check.ties:
        title, reaches, mine, theirs = _known_scores(lesson, name, scores, measure)
        span = interval([own - other for own, other in zip(mine, theirs, strict=True)])
        most, ends = measure.difference(check.within), (span.low, span.high)
        known = f"the difference is {measure.difference(span.mean)}{_interval_text(span, measure)}"
        if all(end is not None and _at_least(check.within, abs(end)) for end in ends):
            yield True, f"A tie with {title}: {known}, at most {most} either way."
        else:
            tie = f"In a tie, the whole interval is at most {most} either way"
            yield False, f"{reaches}: {known}. {tie}."
    if name := check.apart:
        _, reaches, mine, theirs = _known_scores(lesson, name, scores, measure)
        own, other = interval(mine), interval(theirs)
        if own.low is not None and other.high is not None and own.low > other.high:
            yield True, f"{reaches}: its interval lies below that of this model."
        else:
            yield False, f"{reaches}: the 95 % intervals must not meet."


def known_figure(check: RunsCheck, lesson: Lesson, model: Architecture) -> str:
    """Return the score of the reference model of a check; empty if the check compares with none."""
    name = check.beats or check.ties or check.apart
    if not name:
        return ""
    measure = measure_of(model.heads[0], validated=True)
    _, reaches, _, _ = _known_scores(lesson, name, dict.fromkeys(range(check.seeds), 0.0), measure)
    return f"{reaches} over {plural(check.seeds, 'seed')}."


def _known_scores(
    lesson: Lesson, name: str, scores: SeedScores, measure: Measure
) -> tuple[str, str, list[float], list[float]]:
    """Return a reference model's title, a sentence on its score, and both models' scores.

    The scores are those of common seeds.
    """
    known, title = lesson.known[name], lesson.title_of(name)
    seeds = sorted(seed for seed in scores if seed < len(known))
    mine, theirs = [scores[seed] for seed in seeds], [known[seed] for seed in seeds]
    return title, f"{title} reaches {measure.text(fmean(theirs))}", mine, theirs


def _interval_text(span: Interval, measure: Measure) -> str:
    if span.low is None or span.high is None:
        return ""
    low, high = (measure.difference(end, False) for end in (span.low, span.high))
    return f" (95 % interval {low} to {high})"


def _unmet(conditions: Sequence[Condition], facts: Facts) -> Iterator[str]:
    """Yield a sentence for each condition that does not hold."""
    for condition in conditions:
        fact = facts[condition.of]
        if not holds(condition, fact):
            yield condition.otherwise or _unmet_sentence(condition, fact)


def holds(condition: Condition, fact: Fact) -> bool:
    """Return `True` if a fact meets a condition. Raises `LessonError` if a number is needed."""
    values = fact if isinstance(fact, tuple) else (fact,)
    limits = (condition.at_least, condition.at_most, condition.equals)
    if not values and any(limit is not None for limit in limits):
        return False
    if condition.at_least is not None and not all(
        _number_of(condition, value) >= condition.at_least for value in values
    ):
        return False
    if condition.at_most is not None and not all(
        _number_of(condition, value) <= condition.at_most for value in values
    ):
        return False
    if condition.equals is not None and not all(value == condition.equals for value in values):
        return False
    if condition.any_of and not any(value in condition.any_of for value in values):
        return False
    return not any(value in condition.none_of for value in values)


def _number_of(condition: Condition, value: Value | None) -> float:
    if isinstance(value, int | float):
        return value
    if value is None:
        return math.nan  # Neither above nor below a limit.
    raise LessonError(
        "A condition with `at_least` or `at_most` needs a number to compare.",
        condition.of,
        "Use `equals` or `any_of`.",
    )


def _unmet_sentence(condition: Condition, fact: Fact) -> str:
    """Describe the unmet rule and the present value, without a hint on how to meet it."""
    named = FACTS.get(condition.of)
    if named and isinstance(condition.equals, bool):
        must, is_one = ("must", "is not") if condition.equals else ("must not", "is")
        which = f"{named.title[0].lower()}{named.title[1:]}"
        return f"The model {must} be one that {which}; this one {is_one}."
    title = named.title if named else f"`{condition.of}`"
    rules = join_names(list(_rules(condition)))
    return f"{title} must be {rules}; this model has {_text(fact)}."


def _rules(condition: Condition) -> Iterator[str]:
    if condition.at_least is not None:
        yield f"at least {condition.at_least:,.10g}"
    if condition.at_most is not None:
        yield f"at most {condition.at_most:,.10g}"
    if condition.equals is not None:
        yield _text(condition.equals)
    if condition.any_of:
        yield "among those that the lesson asks for"
    if condition.none_of:
        yield f"other than {join_names([_text(value) for value in condition.none_of], last='or')}"


def _text(fact: Fact) -> str:
    if isinstance(fact, tuple):
        return join_names([_text(value) for value in fact]) or "none"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, int | float):
        return f"{fact:,.10g}"
    return "none" if fact is None else fact.replace("_", " ")
