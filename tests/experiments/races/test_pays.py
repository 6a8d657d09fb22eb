"""The question of whether fusion pays: the race, its verdict and the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.base.errors import PlaygroundError, RunError
from components.experiments.races.atlas.parts import parts
from components.experiments.races.atlas.values import best_on
from components.experiments.races.entries import FIRST, parse_entries, parse_entry
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.fitted import fit_entry
from components.experiments.races.kinds import make_race, parse_race
from components.experiments.races.kinds.pays import race_pays
from components.experiments.races.plan import fitted_entries, plan_race, requests
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import race_name
from components.experiments.races.text import how_to_read, notes, strategy_notes, verdict
from components.experiments.training.requests import Settings
from components.models.encoders.dense import Dense
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.races.support import outcome, two_vectors

DATA = DataSpec(relation=parse_data("additive"), samples=100)
FUSED, A, B = [0.95, 0.96, 0.94, 0.95, 0.97], [0.75, 0.74, 0.76, 0.73, 0.77], [0.7] * 5
JITTER = [0.002, -0.001, 0.003, -0.002, 0.001]


def race(chosen: str = "concatenate", seeds: int = 5, **model: Any) -> Race:
    return race_pays(two_vectors(**model), DATA, Settings(epochs=1), chosen, seeds)


def result_of(
    scores: Mapping[str, list[float]], asked: Race | None = None, seeds: int = 5
) -> RaceResult:
    plan = plan_race(asked or race())
    known = {
        run.digest: outcome(scores.get(run.entry.text, B)[run.seed])
        for run in plan.runs
        if run.seed < seeds
    }
    return evaluate(plan, known)


def sentence_of(result: RaceResult) -> str:
    return verdict(result, result.tables[0])


def shown(result: RaceResult) -> bool | None:
    return result.setup.answer(result.tables[0])["pays"]


def test_it_begins_with_the_strategy_in_question_then_each_input_alone() -> None:
    texts = [entry.text for entry in race(chosen="gated", kind="add").entries]
    assert texts[:5] == ["gated", "alone:input=a", "alone:input=b", "apart", "concatenate"]
    assert texts[5] == "add", "the model's own merge"
    assert texts[6:] in ([], [best_on(DATA)[0]])
    own = race_pays(two_vectors(), str(Path("own.npz")), Settings())
    assert set(FIRST) <= {entry.text for entry in own.entries}


def test_all_models_are_tuned_and_trained_on_the_same_data() -> None:
    asked = requests(race())
    assert all(request.tuned for request in asked)
    known = {one.name: one for one in (request.data_architecture for request in asked)}
    assert all(one.data_inputs == two_vectors().data_inputs for one in known.values())
    assert [request.whole is None for request in asked[::5]][:4] == [True, False, False, False]
    assert {request.settings for request in asked if request.settings.seed == 0} == {
        asked[0].settings
    }
    assert parse_race(race().json_text()) == race()


def test_inputs_alone_keep_the_layers_after_the_strategy_in_question() -> None:
    asked = race(chosen="concatenate:then=dense/depth=2/units=7")
    counts = []
    for fit in fitted_entries(asked)[:4]:
        assert fit.architecture is not None
        layers = [merge.then for merge in fit.architecture.merges]
        counts.append(layers.count(Dense(depth=2, units=7)))
    assert counts == [1, 1, 1, 2], "the strategy, each input alone, both apart"


def test_inputs_alone_are_possible_if_only_the_strategy_makes_a_vector() -> None:
    part = next(part for part in parts() if part.name == "alignment")
    chosen = next(entry.text for entry in part.entries if entry.kind == "concatenate")
    plan = plan_race(race_pays(part.architecture, part.data[0], part.settings, chosen))
    assert [one.problem for one in plan.strategies] == [""] * len(plan.strategies)


@pytest.mark.parametrize("preset", presets.names())
def test_inputs_alone_can_be_built_from_the_presets(preset: str) -> None:
    model = presets.load(preset)
    if len(model.data_inputs) < 2:
        return
    entries = [f"alone:input={branch.name}" for branch in model.data_inputs]

    for entry in (*entries, "apart"):
        fit = fit_entry(model, parse_entry(entry))
        assert fit.architecture or (fit.why and str(fit.why))


def test_fusion_pays_if_it_is_shown_better_than_every_input_alone() -> None:
    result = result_of({"concatenate": FUSED, "alone:input=a": A, "alone:input=b": B, "apart": A})
    assert shown(result) is True
    assert sentence_of(result).startswith(
        "Fusion pays 20.4 ± 2.1 points over the best input alone (`a`)."
    )


def test_one_input_that_is_not_shown_to_be_worse_is_enough_against_it() -> None:
    near = [value + step for value, step in zip(FUSED, JITTER, strict=True)]
    result = result_of({"concatenate": FUSED, "alone:input=a": near, "alone:input=b": B})
    assert shown(result) is False
    assert sentence_of(result).startswith(
        "Fusion isn't shown to pay: Concatenate ties with `a` alone. Five seeds would detect a gap "
        "of about"
    )


def test_an_input_that_is_better_alone_is_named() -> None:
    result = result_of({"concatenate": A, "alone:input=a": FUSED, "alone:input=b": B})
    assert shown(result) is False
    assert sentence_of(result).startswith(
        "Fusion does not pay: a alone is 20.4 points better than Concatenate."
    )


def test_the_best_fusion_is_named_and_the_one_that_does_not_pay() -> None:
    chance = [0.5 + step for step in JITTER]
    alone = {"alone:input=a": [0.5] * 5, "alone:input=b": [0.498, 0.5, 0.499, 0.501, 0.497]}
    scores = {"concatenate": chance, **alone, "apart": chance}
    result = result_of({**scores, "multiply": [1.0] * 5}, race(kind="multiply"))
    assert shown(result) is True, "as the sentence says"
    assert sentence_of(result).startswith(
        "Fusion pays with Multiply: 100.0 %; the best input alone (`a`) reaches 50.0 %. "
        "Concatenate ties with `a` and `b` alone. Five seeds would detect a gap of about"
    )


def test_a_better_fusion_is_named_before_the_gain_of_the_first() -> None:
    scores = {"concatenate": FUSED, "alone:input=a": A, "alone:input=b": B, "apart": A}
    text = sentence_of(result_of({**scores, "multiply": [1.0] * 5}, race(kind="multiply")))
    assert text.startswith(
        "Fusion pays with Multiply: 100.0 %; the best input alone (`a`) reaches 75.0 %. "
        "Concatenate gains 20.4 ± 2.1 points over that input."
    )


def test_a_fusion_that_beats_the_first_but_not_each_input_alone_is_not_said_to_pay() -> None:
    near = [value + step for value, step in zip(FUSED, JITTER, strict=True)]
    scores = {"concatenate": A, "alone:input=a": FUSED, "alone:input=b": B, "multiply": near}
    text = sentence_of(result_of(scores, race(kind="multiply")))
    assert text.startswith("Fusion does not pay: a alone is")
    assert "Multiply beats Concatenate" in text


def test_others_are_compared_with_the_strategy_in_question_and_its_weights() -> None:
    asked = race(kind="bilinear")
    scores = {"concatenate": FUSED, "alone:input=a": A, "apart": A}
    near = [value + step for value, step in zip(FUSED, JITTER, strict=True)]
    text = sentence_of(result_of({**scores, "bilinear": near}, asked))
    assert "Bilinear isn't shown to beat Concatenate" in text
    assert "% of its weights" in text
    text = sentence_of(result_of({**scores, "bilinear": [1.0] * 5}, asked))
    assert "Bilinear beats Concatenate by 4.6 points." in text


def test_there_is_no_verdict_before_each_input_alone_has_one() -> None:
    result = result_of({"concatenate": FUSED, "alone:input=a": A}, seeds=2)
    assert shown(result) is None
    first = result_of({"concatenate": FUSED, "alone:input=a": A}, seeds=4)
    assert sentence_of(first).startswith("After 4 of 5 seeds: Fusion pays")


def test_the_judging_and_the_tuning_are_explained() -> None:
    result = result_of({"concatenate": FUSED})
    assert "t-test against Concatenate, with Holm's correction" in how_to_read(result)
    assert any("best of three" in note for note in notes(result))
    row = result.tables[0].row("alone:input=a")
    assert "the best" not in " ".join(strategy_notes(row, result))
    assert race_name(race()) == "Additive (n=100): does Concatenate pay? × 5 seeds"


def test_a_file_gets_the_spread_of_its_held_out_rows(tmp_path: Path) -> None:
    rng, path = np.random.default_rng(0), tmp_path / "own.npz"
    rows = {name: rng.normal(size=(400, 8)) for name in ("a", "b")}
    np.savez(path, a=rows["a"], b=rows["b"], y=rng.integers(0, 2, 400))
    own = race_pays(two_vectors(), str(path), Settings(epochs=1, validation_share=0.25))
    result = evaluate(plan_race(own), {})
    assert any(
        "100 rows of the file are held out" in note and "up to 5.0 points" in note
        for note in notes(result)
    )


@pytest.mark.parametrize("seeds", [1, 2])
def test_seeds_that_give_no_verdict_are_refused(seeds: int) -> None:
    with pytest.raises(RunError, match="needs at least 3 seeds"):
        race(seeds=seeds)


def test_a_model_of_one_input_is_refused() -> None:
    one: dict[str, Any] = {
        "inputs": [{"name": "a", "kind": "vector", "features": 8}],
        "merges": [],
        "heads": [{"name": "y", "kind": "binary", "source": "a"}],
    }
    with pytest.raises(RunError, match="Only a model of several inputs"):
        race_pays(two_vectors(**one), DATA, Settings())


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ("alone:input=a,concatenate", "needs a strategy first"),
        ("concatenate,alone:input=c", r"no input of this name \(c\)"),
        ("concatenate,alone", "can have only the field `input`"),
        ("concatenate,apart:input=a", "can have no fields"),
        ("concatenate,alone:input=a,without", "needs `without` first"),
    ],
)
def test_entries_that_make_no_such_race_are_refused(entries: str, rule: str) -> None:
    with pytest.raises(PlaygroundError, match=rule):
        make_race(architecture=two_vectors(), entries=parse_entries(entries), data=(DATA,))
