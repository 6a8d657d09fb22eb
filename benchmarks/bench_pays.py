"""Error rate of the verdict that fusion pays, and verdicts on data with a known truth.

`python -m benchmarks pays` prints a row as soon as its runs have ended. On `unique` one input is
enough, so every *pays* is wrong: 20 races are trained with all their entries, and 2,000 are drawn
from their runs. Then each relation is raced on the first part of the atlas that shows it, with
fewer samples and epochs than there: five seeds, for Concatenate as in the atlas and for the best
strategy there. HD-XOR (Wenderoth et al., AAAI 2025) and a visitor's own file go through `fp.pays`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

import fusion_playground as fp
from benchmarks.rows import BenchmarkRow, show
from components.base.workers.keras_import import load_keras
from components.experiments.races.atlas.parts import parts
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.kinds.pays import CHOSEN, pays, race_pays
from components.experiments.races.plan import RacePlan, plan_race, requests, seeded
from components.experiments.races.results import DatasetResult
from components.experiments.races.setup import Race
from components.experiments.races.train_race import train_outcomes
from components.experiments.training.events import Outcome
from components.experiments.training.requests import Settings
from sample_data.collections import COLLECTIONS
from sample_data.core.arrays import Array
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

SAMPLES, EPOCHS, SEEDS = 1500, 15, 5
RACES, DRAWN = 20, 2000
TOGETHER = 4
"""Number of races trained together: runs of a model share a process."""
SMALL = 0.01
"""Smallest gap between the best single input and the Bayes optimum that counts as one."""
HIDDEN, SHOWN = 200, (200, 100)
"""Hidden numbers of each input of HD-XOR, and the numbers that each input shows of them."""
Inputs = dict[str, Array]
Setting = Literal["synergy", "uniqueness", "redundancy"]


def relation_races() -> Iterator[tuple[str, Race]]:
    """Yield each relation with its race of Concatenate."""
    for kind in RELATIONS:
        part = next(p for p in parts() if kind in [d.relation.model_dump()["kind"] for d in p.data])
        data = DataSpec(relation=RELATIONS[kind](), samples=SAMPLES)
        settings = part.settings.model_copy(update={"epochs": EPOCHS})
        chosen = next(entry.text for entry in part.entries if entry.kind == CHOSEN)
        yield kind, race_pays(part.architecture, data, settings, chosen, SEEDS, part.head)


def verdict_row(name: str, race: Race) -> BenchmarkRow:
    """Return the accuracies, the ceilings, and the verdicts on the first and the last entry."""
    known = train_outcomes(requests(race))
    on_dataset = evaluate(plan_race(race), known).tables[0]
    reach, figures = on_dataset.ceilings, {"best alone": _alone(on_dataset)}
    if reach:
        figures = {
            "ceiling alone": f"{reach['single']:.3f}",
            "Bayes": f"{reach['bayes']:.3f}",
            "pays in truth": "yes" if reach["bayes"] - reach["single"] > SMALL else "no",
        } | figures
    best = race.entries[-1] if race.entries[-1].is_strategy else race.entries[0]
    for title, entry in (("Concatenate", race.entries[0]), ("best of atlas", best)):
        others = tuple(one for one in race.entries if one != entry)
        own = race.model_copy(update={"entries": (entry, *others)})
        known |= train_outcomes(one for one in requests(own) if one.digest not in known)
        figures[title] = _verdict(evaluate(plan_race(own), known))
    return BenchmarkRow(name, figures | {"which": best.text})


def _alone(on_dataset: DatasetResult) -> str:
    """Return the accuracy of the best single input."""
    return f"{max(row.mean or 0.0 for row in on_dataset.rows if row.kind == 'alone'):.3f}"


def _verdict(result: RaceResult) -> str:
    """Return the accuracy of the chosen strategy, and the verdict."""
    on_dataset = result.tables[0]
    mean = on_dataset.row(result.setup.entries[0].text).mean or 0.0
    return f"{mean:.3f} {'pays' if pays(on_dataset) else 'not shown'}"


def false_verdicts() -> Iterator[BenchmarkRow]:
    """Yield each race on `unique`, then how many trained and drawn races claim that fusion pays.

    A claim at either look at a race counts. A race is one of new samples; its weights and order are
    those of any race of five seeds.
    """
    part = parts()[0]
    settings = part.settings.model_copy(update={"epochs": EPOCHS})
    data = DataSpec(relation=RELATIONS["unique"](), samples=SAMPLES)
    plans = [
        plan_race(race_pays(part.architecture, one, settings, seeds=SEEDS))
        for one in (seeded(data, SEEDS * number) for number in range(RACES))
    ]
    seeds, real, known = list[Mapping[str, Outcome]](), 0, dict[str, Outcome]()
    for number, plan in enumerate(plans):
        if number % TOGETHER == 0:
            races = [other.race for other in plans[number : number + TOGETHER]]
            known = train_outcomes(one for race in races for one in requests(race))
        own: list[dict[str, Outcome]] = [{} for _ in range(SEEDS)]
        for run in plan.runs:
            own[run.seed][run.entry.text] = known[run.digest]
        seeds += own
        real += _claims_gain(plan, own)
        result = evaluate(plan, known)
        figures = {"best alone": _alone(result.tables[0]), "Concatenate": _verdict(result)}
        models = f"{len(plan.race.entries)} models"
        yield BenchmarkRow(f"race {number + 1}", {"models": models, **figures, "false": f"{real}"})
    rng = np.random.default_rng(0)
    draws = (rng.choice(len(seeds), SEEDS, replace=False) for _ in range(DRAWN))
    drawn = sum(_claims_gain(plans[0], [seeds[seed] for seed in draw]) for draw in draws)
    yield BenchmarkRow(f"{RACES} races", {"false": f"{100 * real / RACES:.2f} %"})
    yield BenchmarkRow(f"{DRAWN:,} drawn", {"false": f"{100 * drawn / DRAWN:.2f} %"})


def _claims_gain(plan: RacePlan, seeds: Sequence[Mapping[str, Outcome]]) -> bool:
    """Return `True` if either look claims that fusion pays, with these runs as a race's seeds."""
    for most in (SEEDS - 1, SEEDS):
        known = {
            run.digest: seeds[run.seed][run.entry.text] for run in plan.runs if run.seed < most
        }
        result = evaluate(plan, known)
        if pays(result.tables[0]):
            return True
    return False


def hd_xor(setting: Setting) -> tuple[Inputs, Array]:
    """Return two vectors whose label is the Xor of two bits, as Wenderoth et al. draw them.

    A bit shifts the mean of many hidden numbers; each input shows its own random projection of
    them. In *synergy* each input has one bit, in *uniqueness* the first has both and the second
    none, in *redundancy* both have the same numbers.
    """
    rng, rows = np.random.default_rng(0), 4000
    bits = rng.integers(0, 2, (rows, 2))
    away, scale = {"synergy": (0.35, 2.0), "uniqueness": (0.35, 1.0), "redundancy": (0.25, 1.0)}[
        setting
    ]
    moved = away * (2 * bits - 1)
    if setting == "synergy":
        hidden = [rng.normal(moved[:, [each]], scale, (rows, HIDDEN)) for each in (0, 1)]
    else:
        both = rng.normal(np.repeat(moved, HIDDEN // 2, axis=1), scale)
        noise = rng.normal(0, scale, both.shape)
        hidden = [both, noise if setting == "uniqueness" else both]
    projected: list[Array] = [
        numbers @ rng.uniform(-0.5, 0.5, (HIDDEN, shown))
        for numbers, shown in zip(hidden, SHOWN, strict=True)
    ]
    return dict(zip(("first", "second"), projected, strict=True)), bits.sum(axis=1) % 2


def own_file() -> tuple[Inputs, Array]:
    """Return two inputs that both matter; one label in ten is wrong."""
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, 800, 6))
    label = (left[:, 0] + right[:, 0] > 0) ^ (rng.random(800) < 0.1)
    return {"left": left, "right": right}, label.astype(int)


def own_row(name: str, truth: str, inputs: Inputs, y: Array) -> BenchmarkRow:
    """Return the verdict of `fp.pays` on arrays."""
    result = fp.pays(inputs, y, seeds=SEEDS, epochs=EPOCHS).result
    return BenchmarkRow(
        name,
        {
            "pays in truth": truth,
            "best alone": _alone(result.tables[0]),
            "Concatenate": _verdict(result),
        },
    )


def main() -> None:
    """Print the wrong verdicts, a row for each relation, and rows on other data."""
    load_keras()
    size = f"{SAMPLES:,} samples, {EPOCHS} epochs, {SEEDS} seeds"
    rows = []
    for row in false_verdicts():
        rows.append(row)
        show(f"unique, {size}", rows[-1:])
    show("unique: fusion is said to pay where it does not", rows)
    rows = []
    for kind, race in relation_races():
        rows.append(verdict_row(kind, race))
        show(size, rows[-1:])
    show("all relations", rows)
    halves = COLLECTIONS["digit_halves"]().architecture
    digits = CollectionSpec(collection="digit_halves", samples=800)
    race = race_pays(halves, digits, Settings(epochs=10, learning_rate=0.003), seeds=SEEDS)
    rows = [verdict_row("digits in two halves", race)]
    truths: dict[Setting, str] = {"synergy": "yes", "uniqueness": "no", "redundancy": "no"}
    for setting, truth in truths.items():
        rows.append(own_row(f"HD-XOR, {setting}", truth, *hd_xor(setting)))
    rows.append(own_row("own file", "yes", *own_file()))
    show("other data", rows)
