"""The script of the Compare page in Streamlit's test runner, without training."""

from __future__ import annotations

import re
import uuid
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.compare import pays, state
from components.app.pages.compare import start as compare_start
from components.app.pages.compare.results import View
from components.app.pages.compare.start import token_of
from components.app.pages.compare.state import STATES, CompareState, StateName, badge
from components.app.parts.data import stored_race
from components.app.parts.data.stored_race import EvaluatedRace
from components.app.parts.editor.model_editor import ModelEditor
from components.base.errors import LinkError, RunError
from components.experiments.queue.run_service import service
from components.experiments.queue.sweeps import SweepOrder, SweepState
from components.experiments.races.atlas import parts
from components.experiments.races.example import example_race
from components.experiments.races.plan import plan_race, requests
from components.experiments.races.quick import race_seconds
from components.experiments.races.robustness import factors, robust
from components.experiments.races.setup import MOST_SEEDS, Race
from components.experiments.races.stored_race import StoredRace, stored_race_of
from components.experiments.training.events import Failed
from components.experiments.training.pace import TrainingPace
from components.experiments.training.requests import Settings
from components.sharing.links.link import parse_link, share
from sample_data.content import presets
from sample_data.loading.sources import parse as parse_data
from tests.app.pages.desk import VISITOR, arrival, editor, html, key_of, press, well, with_model
from tests.app.pages.stored import (
    ENTRIES,
    a_race,
    a_run,
    a_sweep,
    fresh_samples,
    value_of,
)
from tests.experiments.races.support import events, small_race, two_vectors

pytestmark = pytest.mark.xdist_group("compare")

PAGE = "pages/3_Compare.py"


def stored(
    race: Race, end: SweepState = "finished", bet: str = "", runs: int | None = None, **more: str
) -> str:
    return a_sweep(race, value_of, end, runs, bet=bet, **more)


@pytest.fixture
def compare(keras_is_in: None) -> AppTest:
    """Open the Compare page with a small model, once the fitting strategies are known."""
    app = arrival(PAGE)
    app.session_state["editor"] = ModelEditor.of(two_vectors())
    state.candidates.wait((two_vectors(), ""))
    return app.run()


def session(app: AppTest) -> CompareState:
    current: CompareState = app.session_state["compare"]
    return current


def opened(app: AppTest, sweep: str) -> AppTest:
    session(app).show(sweep)
    app.query_params["race"] = sweep
    app.run()
    well(app)
    return app


def start(app: AppTest) -> Any:
    return app.button(key="start_race")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def the_race(app: AppTest) -> Race:
    own = (editor(app), app.session_state["train_state"])
    raced, train = session(app).other or own
    return state.race_of(session(app), train, raced.valid, session(app).chosen)


def draft(app: AppTest) -> tuple[Any, ...]:
    """Return the model of the Build page, the number of its undo steps, and the run that Train
    would start.
    """
    model, train = editor(app), app.session_state["train_state"]
    return model.valid, len(model.past), train.request(model)


def test_an_example_is_shown_and_set_up_until_there_is_a_race(compare: AppTest) -> None:
    before = draft(compare)
    press(compare, "Set up this race")
    well(compare)
    assert the_race(compare) == example_race()
    assert draft(compare) == before
    compare.session_state["compare"] = CompareState()
    stored(a_race(seeds=1))
    compare.run()
    well(compare)
    assert "Set up this race" not in labels(compare)


def test_a_race_stays_when_one_of_its_runs_is_deleted(compare: AppTest) -> None:
    race = a_race(seeds=1)
    opened(compare, stored(race))
    best = next(run for run in plan_race(race).runs if run.entry.kind == "bilinear")
    service().store.delete(service().store.latest([best.digest])[best.digest].id)
    compare.run()
    well(compare)
    assert compare.button(key="race.open_run").disabled
    assert not compare.button(key="race.use").disabled


# The page before a race


def test_the_button_does_fusion_pay_shows_its_time_and_starts_its_race(compare: AppTest) -> None:
    form = the_race(compare)
    wanted = pays.races.wait(form)
    compare.run()
    well(compare)
    cost = next(one.value for one in compare.caption if "models" in one.value)
    assert cost.startswith(f"{len(wanted.entries)} models × 5 seeds, about ")
    assert 0 < race_seconds(wanted, TrainingPace()) < 60
    press(compare, "Find out")
    shown = session(compare).shown
    assert shown is not None
    raced = stored_race_of(service().store.sweeps.get(shown)).race
    service().store.sweeps.end(shown)
    assert raced == wanted
    assert raced.tuned


def test_seeds_that_give_no_verdict_on_fusion_are_reported_before_the_click(
    compare: AppTest,
) -> None:
    session(compare).seeds = 2
    with pytest.raises(RunError, match="at least 3 seeds"):
        pays.races.wait(the_race(compare))
    compare.run()
    assert compare.button(key="start_pays").disabled
    assert any("needs at least 3 seeds" in caption.value for caption in compare.caption)


def test_the_reason_why_a_race_of_does_fusion_pay_cannot_start_is_shown(
    compare: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RunError("The queue is full.", "", "Wait.")

    pays.races.wait(the_race(compare))
    monkeypatch.setattr(pays, "submit", refuse)
    compare.run().button(key="start_pays").click().run()
    assert ["The queue is full" in error.value for error in compare.main.error] == [True]
    assert not compare.sidebar.error


def test_a_race_of_does_fusion_pay_is_shown_like_any_other(compare: AppTest) -> None:
    race = pays.races.wait(the_race(compare).model_copy(update={"seeds": 3}))
    reached = {"alone": 0.7, "apart": 0.8}
    opened(compare, a_sweep(race, lambda one: reached.get(one.entry.kind, 0.95) + one.seed / 500))
    assert "Fusion pays 25.0 ± 0.0 points over the best input alone" in html(compare)
    for view in get_args(View):
        compare.session_state["race_view"] = view
        compare.run()
        well(compare)


@pytest.mark.parametrize("locked", ["", "add"])
def test_the_start_takes_the_chosen_bet_unless_one_is_locked(compare: AppTest, locked: str) -> None:
    stored_race.plans.wait(the_race(compare))
    compare.run()
    if locked:
        session(compare).bet = locked
    else:
        compare.radio(key="race.bet").set_value("multiply").run()
    start(compare).click().run()
    well(compare)
    shown = session(compare).shown
    assert shown is not None
    kept = stored_race_of(service().store.sweeps.get(shown))
    service().store.sweeps.end(shown)
    assert kept.bet == (locked or "multiply")


def test_a_race_is_set_up(compare: AppTest) -> None:
    well(compare)
    assert len(compare.multiselect(key=key_of(compare, "race.strategies")).value) == 6
    stored_race.plans.wait(the_race(compare))
    compare.run()
    assert any("**30 trainings**" in caption.value for caption in compare.caption)
    assert not start(compare).disabled
    compare.number_input(key=key_of(compare, "race.seeds")).set_value(2).run()
    how = compare.segmented_control(key=key_of(compare, "race.matched"))
    how.set_value("Matched parameters").run()
    assert (the_race(compare).seeds, the_race(compare).matched) == (2, True)
    compare.button(key="race.bet.lock").click().run()
    assert [toast.value for toast in compare.toast] == ["Give an answer first."]
    compare.radio(key="race.bet").set_value("multiply").run()
    compare.button(key="race.bet.lock").click().run()
    assert session(compare).bet == "multiply"
    session(compare).chosen = ("add", "gated:units=8")
    compare.run()
    chosen = compare.multiselect(key=key_of(compare, "race.strategies"))
    assert chosen.options.count("Gated multimodal unit (units 8)") == 1
    assert [entry.text for entry in the_race(compare).entries] == ["add", "gated:units=8"]
    well(compare)


def test_a_model_without_merges_can_be_raced(keras_is_in: None) -> None:
    page = with_model(PAGE, "independent_predictions")
    state.candidates.wait((presets.load("independent_predictions"), ""))
    well(page.run())
    assert any("Each strategy joins all branches." in caption.value for caption in page.caption)


def test_a_quick_race_of_the_same_model_is_offered_and_knows_the_full_one(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_start, "machine_pace", lambda *_: TrainingPace())
    state.candidates.wait((presets.load(presets.DEFAULT), ""))
    app = with_model(PAGE).run()
    session(app).chosen, store = ("add", "multiply"), service().store
    app.number_input(key=key_of(app, "race.seeds")).set_value(MOST_SEEDS).run()
    well(app)
    assert any("Would show differences from" in caption.value for caption in app.caption)
    full = the_race(app)
    app.button(key="race_quick").click().run()
    well(app)
    sweep = store.sweeps.get(str(session(app).shown))
    quick = stored_race_of(sweep)
    store.sweeps.end(sweep.id)
    assert (quick.full, quick.race.seeds) == (full, 4)
    assert (quick.race.architecture, quick.race.entries) == (full.architecture, full.entries)
    reloaded = arrival(PAGE, race=sweep.id).run()
    assert the_race(reloaded) == full


def test_the_full_race_is_started_beside_the_result_of_the_quick_one(compare: AppTest) -> None:
    race, store = a_race(), service().store
    plan, full = plan_race(race), race.model_copy(update={"seeds": 5})
    sweep = stored(race)
    order = StoredRace(plan, "", full).order()
    quick = store.sweeps.create(order, VISITOR, "")
    store.sweeps.change_state(quick, "finished")
    opened(compare, sweep)
    assert "Then the full race" not in labels(compare)
    opened(compare, quick)
    assert any("the full one has" in caption.value for caption in compare.caption)
    press(compare, "Then the full race")
    started = store.sweeps.get(str(session(compare).shown))
    assert stored_race_of(started).race == full
    store.sweeps.end(started.id)


def test_two_vectors_race_beside_the_draft_where_no_quick_race_shows_anything(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        compare_start,
        "machine_pace",
        lambda model, *_: TrainingPace(1e4 if model == presets.load(presets.DEFAULT) else 1.0),
    )
    large, small = presets.load(presets.DEFAULT), parts.two_vectors().architecture
    for model in (large, small):
        state.candidates.wait((model, ""))
    app = with_model(PAGE).run()
    well(app)
    assert any("Two minutes detect only gaps above" in caption.value for caption in app.caption)
    before = draft(app)
    app.button(key="race_small").click().run()
    well(app)
    assert the_race(app).architecture == small
    assert "race_small" not in [button.key for button in app.button]
    assert any("Your model on the Build page stays" in caption.value for caption in app.caption)
    app.number_input(key=key_of(app, "settings.epochs")).set_value(7).run()
    assert the_race(app).settings.epochs == 7
    assert draft(app) == before
    app.button(key="race_mine").click().run()
    well(app)
    assert the_race(app).architecture == large
    assert "race_mine" not in [button.key for button in app.button]


def test_what_does_not_fit_is_left_out_with_its_reason(compare: AppTest) -> None:
    for widget, title, reason in (
        ("race.strategies", "Squeeze-excite fusion", "Squeeze-excite fusion needs"),
        ("race.relations", "Recall", "Recall needs a sequence"),
    ):
        assert title not in compare.multiselect(key=key_of(compare, widget)).options
        assert any(reason in text.value for text in compare.caption)


def test_an_invalid_race_gets_a_sentence(compare: AppTest) -> None:
    def refused(sentence: str) -> None:
        assert not compare.exception
        assert [sentence in error.value for error in compare.error] == [True]

    for widget in ("race.strategies", "race.relations"):
        field = compare.multiselect(key=key_of(compare, widget))
        before = field.value
        field.set_value([]).run()
        refused("Choose")
        assert start(compare).disabled
        compare.multiselect(key=key_of(compare, widget)).set_value(before).run()
    compare.segmented_control(key=key_of(compare, "source")).set_value("own").run()
    refused("No data file is chosen yet")
    assert start(compare).disabled
    compare.segmented_control(key=key_of(compare, "source")).set_value("collection").run()
    start(compare).click().run()
    refused("comes with an architecture that fits")
    assert session(compare).shown is None
    compare.multiselect(key=key_of(compare, "race.strategies")).set_value(["add", "gatd"]).run()
    refused("gated")
    assert session(compare).chosen == ("add",)


# A race in the store


def test_a_finished_race_has_its_verdict_and_evaluates_the_bet(compare: AppTest) -> None:
    opened(compare, stored(a_race(), bet="multiply"))
    assert 'class="verdict"' in html(compare)
    assert "✓ You bet on Multiply" in html(compare)
    assert not compare.get("progress")
    opened(compare, stored(a_race(), bet="add"))
    assert "✗ You bet on Add" in html(compare)
    compare.button(key="new_race").click().run()
    well(compare)
    assert session(compare).shown is None
    assert compare.radio(key="race.bet").value is None


def test_every_view_is_drawn(compare: AppTest) -> None:
    race = a_race("xor", "additive")
    stored_race.plans.wait(robust(race, factors(race.data[0])[0]))
    opened(compare, stored(race))
    for view in get_args(View):
        compare.segmented_control(key="race_view").set_value(view).run()
        well(compare)
        varied = any(str(button.key) == "race.robust.start" for button in compare.button)
        assert varied == (view == "Robustness")
    pictures = "".join(str(part.proto) for part in compare.get("bidi_component"))
    assert re.search("Diagrams of .* and .*; layers that differ", pictures), "strategies are named"


def test_a_race_half_done_can_be_resumed_and_failures_say_why(compare: AppTest) -> None:
    opened(compare, stored(a_race(), "paused", runs=4))
    assert any("4 of 9 runs" in str(bar.proto.text) for bar in compare.get("progress"))
    assert "Resume" in labels(compare)
    race = a_race(seeds=2)
    sweep = stored(race, runs=4)
    for request in requests(race)[4:]:
        a_run(request, Failed(message="No memory was left."), name=None, sweep=sweep)
    opened(compare, sweep)
    session(compare).picked = "add"
    compare.run()
    assert "No memory was left." in html(compare)
    assert "Try 2 again" in labels(compare)
    assert any("frequent reason: No memory was left" in text.value for text in compare.caption)
    race = a_race(seeds=2)
    sweep, *asked = stored(race, "failed", runs=0), *requests(race)
    for request in asked:
        a_run(request, Failed(message="No memory was left."), name=None, sweep=sweep)
    opened(compare, sweep)
    assert any(badge("failed") in text.value for text in compare.markdown)
    assert "Every run on Xor" in html(compare)
    a_run(asked[0], *events(0.9), name=None)
    compare.run()
    assert any(badge("finished") in text.value for text in compare.markdown)


def test_the_address_opens_a_race_that_can_be_read(compare: AppTest) -> None:
    sweep = stored(a_race())
    others = stored(a_race(), runs=0, owner="another person")
    for address, shown in ((sweep, sweep), ("nothing", None), (others, None)):
        compare.session_state["compare"] = CompareState()
        compare.query_params["race"] = address
        compare.run()
        assert not compare.exception
        assert session(compare).shown == shown
        in_page = [error.value for error in compare.main.error]
        assert any("shared with you" in error for error in in_page) == (shown is None)
    old = service().store.sweeps.create(SweepOrder([requests(a_race())], "no race", "old"), VISITOR)
    session(compare).show(old)
    compare.run()
    assert not compare.exception
    assert any("can't be read" in error.value for error in compare.error)
    assert "New race" in labels(compare)


def test_a_step_back_shows_the_race_in_the_address_again(compare: AppTest) -> None:
    race = stored(a_race())
    compare.query_params["race"] = race
    compare.run()
    compare.button(key="new_race").click().run()
    well(compare)
    assert session(compare).shown is None
    compare.query_params["race"] = race
    compare.run()
    assert session(compare).shown == race


def newcomer(**address: str) -> AppTest:
    """Open the Compare page at an address in a browser without earlier visits."""
    app = arrival(PAGE, uuid.uuid4().hex, **address).run()
    well(app)
    return app


def of_the_page(*relations: str, seeds: int = 3) -> Race:
    """Return a race as the sidebar describes one: all relations have the same number of samples."""
    samples = fresh_samples()
    data = tuple(parse_data(kind, samples=samples) for kind in relations)
    return small_race(",".join(ENTRIES), data, seeds)


@pytest.mark.parametrize(
    "race",
    [of_the_page("xor", "additive", seeds=7), of_the_page("xor", seeds=2)],
    ids=["two relations", "one"],
)
def test_the_sidebar_has_the_setup_of_a_link_without_training(compare: AppTest, race: Race) -> None:
    race = race.model_copy(update={"matched": True, "settings": Settings(epochs=4)})
    token = token_of(race)
    app = newcomer(m=token)
    assert the_race(app) == race
    assert (session(app).shown, editor(app).valid) == (None, race.architecture)
    assert app.number_input(key=key_of(app, "race.seeds")).value == race.seeds
    app.session_state["race_link"] = True
    app.run()
    assert any(token in code.value for code in app.code)
    session(app).seeds = 1
    editor(app).undo()
    app.run()
    assert editor(app).valid == presets.load(presets.DEFAULT)
    assert session(app).seeds == 1, "the link is opened once"


def test_the_sidebar_has_the_setup_of_the_race_in_the_address(compare: AppTest) -> None:
    race = of_the_page("xor", "additive")
    sweep = stored(race)
    service().store.sweeps.share(sweep)
    app = newcomer(race=sweep)
    assert session(app).shown == sweep
    assert the_race(app) == race
    assert draft(app) == draft(newcomer()), "a race of another model left the draft alone"
    for button in app.button:
        if button.label == "New race":
            button.click().run()
            break
    assert the_race(app) == race


def test_a_link_with_a_wrong_setup_is_a_sentence(compare: AppTest) -> None:
    for change in ({"entries": ("nothing",)}, {"seeds": 999}, {"head": "nobody"}):
        setup = parse_link(token_of(a_race())).race
        assert setup is not None
        token = share(two_vectors(), race=setup.model_copy(update=change))
        app = arrival(PAGE, m=token).run()
        assert not app.exception
        assert len([error.value for error in app.error]) == 1
    with pytest.raises(LinkError, match="A link can't contain your own file"):
        token_of(a_race().model_copy(update={"data": ("own.npz",)}))


def test_each_state_of_a_race_has_a_word_and_an_icon_of_its_own(compare: AppTest) -> None:
    def shown(sweep: str) -> str:
        opened(compare, sweep)
        return next(text.value for text in compare.markdown if "-badge[" in text.value)

    ends: tuple[SweepState, ...] = ("paused", "stopped", "finished", "failed")
    badges = [shown(stored(a_race(seeds=2), end, runs=0 if end == "failed" else 2)) for end in ends]
    begun, new = (stored(a_race(seeds=2), "running", runs=runs) for runs in (2, 0))
    badges += [shown(begun), shown(new)]
    words: tuple[StateName, ...] = (*ends, "running", "waiting")
    for text, word in zip(badges, words, strict=True):
        assert badge(word) in text
    position = f"number {service().store.sweeps.count_before(new) + 1} in line"
    assert any(position in str(bar.proto.text) for bar in compare.get("progress"))
    for sweep in (begun, new):
        service().store.sweeps.change_state(sweep, "stopped")
    for looks in zip(*STATES.values(), strict=True):
        assert len(set(looks)) == len(STATES)


def test_the_race_of_another_is_shown_where_it_is_shared_and_offers_no_changes(
    compare: AppTest,
) -> None:
    race = a_race()
    store, sweep = service().store, stored(race, "paused", runs=0, owner="another person")
    store.sweeps.share(sweep)
    opened(compare, sweep)
    assert any("another person" in text.value for text in compare.markdown)
    assert {"Pause", "Stop", "Resume"} & set(labels(compare)) == set()
    opened(compare, stored(race, "paused", runs=2))
    assert {"Pause", "Stop", "Resume"} & set(labels(compare)) == {"Stop", "Resume"}
    compare.toggle(key=f"share.{session(compare).shown}").set_value(True).run()
    assert store.sweeps.get(str(session(compare).shown)).shared
    for action, status in (("Resume", "running"), ("Pause", "paused"), ("Stop", "stopped")):
        press(compare, action)
        assert store.sweeps.get(str(session(compare).shown)).state == status


def test_a_race_leads_to_other_pages(compare: AppTest) -> None:
    opened(compare, stored(a_race()))
    session(compare).picked = "bilinear"
    compare.run()
    compare.button(key="race.use").click().run()
    arrived(compare, "Build")
    assert editor(compare).draft["merges"][0]["kind"] == "bilinear"
    compare.switch_page(PAGE).run()
    compare.button(key="race.open_run").click().run()
    arrived(compare, "Train")
    assert any("finished" in str(bar.proto.text) for bar in compare.get("progress"))


def arrived(app: AppTest, page: str) -> None:
    """Answer as the browser does once it has drawn that the page is left."""
    assert session(app).next_page == page
    session(app).ready = True
    app.run()
    assert not app.exception
    assert not session(app).next_page


def test_a_stored_race_is_read_without_building_and_again_only_where_it_had_not_finished(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object) -> None:
        raise AssertionError("a stored race must not build a model")

    race, store = a_race(), service().store
    half, whole = stored(race, "paused", runs=3), stored(a_race())
    for module in ("fitted", "plan"):
        for name in ("built_view", "fit_entry", "total_cost", "fitted_entries"):
            monkeypatch.setattr(
                f"components.experiments.races.{module}.{name}", build, raising=False
            )
    known: dict[str, EvaluatedRace] = {}
    plan = stored_race_of(store.sweeps.get(half)).plan
    first = stored_race.evaluated(plan, store, known)
    assert first.result.done == 3
    assert stored_race.evaluated(plan, store, known) is first
    plan = stored_race_of(store.sweeps.get(whole)).plan
    assert stored_race.evaluated(plan, store, known).result.complete
