"""The script of the Train page in Streamlit's test runner: sources of data, files, settings."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.train.own_file import mapped
from components.app.parts.charts import curves
from components.app.parts.data import run_control
from components.app.parts.editor.train_state import EPOCHS, SAMPLES, TrainState
from components.experiments.queue.queue import QueuePosition
from components.experiments.queue.run_service import service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.events import Epoch, Event, Finished, Paused, Stopped
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest, Settings
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.own import RowSplit
from sample_data.relations import RELATIONS
from tests.app.pages.desk import (
    VISITOR,
    arrival,
    editor,
    key_of,
    press,
    shown_keys,
    well,
    with_model,
)
from tests.app.pages.stored import STARTED, a_run, spoil
from tests.experiments.training.support import train as train_here
from tests.experiments.training.test_events import REPORT
from tests.faults.database_faults import in_the_way
from tests.waiting import wait_until

PAGE = "pages/1_Train.py"
POINT = Epoch(epoch=1, logs={"loss": 0.5}, seconds=1.0)
PARTS = ("Report", "Confusion")
"""Texts that a report contains."""


@pytest.fixture
def train(keras_is_in: None) -> AppTest:
    """Open the Train page with a small model."""
    return with_model(PAGE, "wide_and_deep").run()


def state_of(app: AppTest) -> TrainState:
    current: TrainState = app.session_state["train_state"]
    return current


def source(app: AppTest, name: str) -> None:
    app.segmented_control(key=key_of(app, "source")).set_value(name).run()


def send(app: AppTest, name: str, content: bytes) -> None:
    app.file_uploader(key="own_file").set_value((name, content, "application/octet-stream")).run()


def table(rows: int = 60) -> bytes:
    lines = [f"{i % 7},{i % 5},{'ab'[i % 2]}" for i in range(rows)]
    return "\n".join(["size,weight,kind", *lines]).encode()


def test_every_real_set_opens_with_a_model_that_fits(train: AppTest) -> None:
    source(train, "collection")
    for kind, collection in COLLECTIONS.items():
        train.selectbox(key=key_of(train, "collection")).set_value(kind).run()
        assert "Open" in train.button(key="open_fitting").label
        train.button(key="open_collection").click().run()
        well(train)
        assert editor(train).valid == collection().architecture
        assert any("Licence" in caption.value for caption in train.caption)


def test_a_table_of_ones_own_becomes_data_and_a_model_with_columns(train: AppTest) -> None:
    source(train, "own")
    well(train)
    send(train, "mine.csv", table())
    assert any("60 samples, 3 columns" in html.proto.body for html in train.get("html"))
    assert not train.error, "nothing is wrong before a person has done anything"
    assert train.button(key="train").disabled
    (recognised,) = (frame.value for frame in train.dataframe if "Goes to" in frame.value)
    assert list(recognised["Read as"]) == ["Number", "Number", "Category of 2"]
    assert list(recognised["Goes to"]) == ["numbers", "numbers", "kind (predicted)"]
    train.button(key="open_fitting").click().run()
    well(train)
    assert not train.button(key="train").disabled
    assert [head.name for head in editor(train).valid.heads] == ["kind"]
    assert state_of(train).request(editor(train)).data == state_of(train).chosen_data(
        editor(train).valid
    )


def test_chosen_columns_that_do_not_fit_are_an_error(train: AppTest) -> None:
    source(train, "own")
    send(train, "mine.csv", table())
    train.button(key="open_fitting").click().run()
    file = state_of(train).own
    assert file is not None
    mapping = file.mapped(editor(train).valid)
    file.mapping = mapped(mapping, {"kind": "kind"}, ())
    train.run()
    (error,) = train.error
    assert "No column is assigned to the input `numbers` yet." in error.value
    file.mapping = mapped(mapping, {"weight": "numbers", "size": "numbers", "kind": "kind"}, ())
    train.run()
    well(train)


def test_texts_that_are_read_as_a_category_can_be_read_as_words(train: AppTest) -> None:
    texts = [f"a {word} text" for word in ("long", "short", "dull", "nice")]
    lines = [f"{texts[i % 4]},{i % 3},{'ab'[i % 2]}" for i in range(60)]
    source(train, "own")
    send(train, "mine.csv", "\n".join(["review,size,kind", *lines]).encode())
    train.button(key="open_fitting").click().run()
    assert type(editor(train).valid.inputs[0]).title == "Categorical"
    train.button(key="read_as.review").click().run()
    well(train)
    assert type(editor(train).valid.inputs[0]).title == "Tokens"
    train.button(key="read_as.review").click().run()
    well(train)
    assert type(editor(train).valid.inputs[0]).title == "Categorical"


def test_an_identifier_is_used_or_names_groups_by_one_press(train: AppTest) -> None:
    lines = [f"P{i // 3},{i % 7},{'ab'[i * i % 5 % 2]}" for i in range(60)]
    source(train, "own")
    send(train, "mine.csv", "\n".join(["patient,size,kind", *lines]).encode())
    train.button(key="open_fitting").click().run()
    assert [branch.name for branch in editor(train).valid.inputs] == ["size"]
    assert any("`patient` is not used: it looks like" in one.value for one in train.caption)
    train.button(key="hold_out_groups").click().run()
    file = state_of(train).own
    assert file is not None
    assert (file.split.by, file.split.column) == ("group", "patient")
    train.button(key="use.patient").click().run()
    well(train)
    assert [branch.name for branch in editor(train).valid.inputs] == ["patient", "size"]
    assert not [button for button in train.button if button.key == "use.patient"]


def test_a_changed_model_gets_a_new_input_for_a_column_that_is_used(train: AppTest) -> None:
    lines = [f"P{i // 3},{i % 7},{'ab'[i * i % 5 % 2]}" for i in range(60)]
    source(train, "own")
    send(train, "mine.csv", "\n".join(["patient,size,kind", *lines]).encode())
    train.button(key="open_fitting").click().run()
    editor(train).edit(lambda draft: draft.update(name="changed"))
    train.run()
    train.button(key="use.patient").click().run()
    well(train)
    model = editor(train).valid
    assert model.name == "changed"
    assert [branch.name for branch in model.inputs] == ["size", "patient"]


def test_after_a_reload_the_file_has_to_be_chosen_again(train: AppTest) -> None:
    source(train, "own")
    lines = [f"{'ab'[i % 2]} text {i % 4},{i % 3},{'ab'[i % 2]}" for i in range(60)]
    content = "\n".join(["review,size,kind", *lines]).encode()
    send(train, "mine.csv", content)
    train.button(key="read_as.review").click().run()
    train.button(key="open_fitting").click().run()
    state, model = state_of(train), editor(train).valid
    assert state.own is not None
    state.own.mapping = state.own.mapped(model)
    form, chosen = json.loads(json.dumps(state.form())), state.own.mapping
    state.own = None
    assert state.restore(form)
    train.run()
    assert "`mine.csv` has to be chosen again." in train.info[0].value
    assert any("Choose mine.csv again first." in caption.value for caption in train.caption)
    assert train.button(key="train").disabled
    send(train, "mine.csv", content)
    assert state_of(train).own.mapping == chosen  # type: ignore[union-attr]
    assert not state.problem(model)
    assert not train.button(key="train").disabled


def test_held_out_rows_are_chosen_beside_the_file_and_kept_by_every_seed(train: AppTest) -> None:
    rows = [f"P{i // 6},{i % 7},{'ab'[i % 2]}" for i in range(60)]
    source(train, "own")
    send(train, "mine.csv", "\n".join(["patient,size,kind", *rows]).encode())
    train.button(key="open_fitting").click().run()
    assert any("`patient` has 10 different values" in one.value for one in train.warning)
    train.selectbox(key=key_of(train, "split.by")).set_value("group").run()
    well(train)
    file, state = state_of(train).own, state_of(train)
    assert file is not None
    assert (file.split.by, file.split.column) == ("group", "patient")
    assert any("whole groups of `patient`" in one.value for one in train.caption)
    assert any("is an input, too" in one.value for one in train.warning)
    first = state.request(editor(train))
    train.number_input(key=key_of(train, "settings.seed")).set_value(3).run()
    second = state_of(train).request(editor(train))
    assert (first.data, second.settings.seed) == (second.data, 3)
    assert first.settings.validation_share == pytest.approx(0.3, abs=0.1)
    form = json.loads(json.dumps(state.form()))
    state.own = None
    assert state.restore(form)
    send(train, "mine.csv", "\n".join(["patient,size,kind", *rows]).encode())
    assert state_of(train).own.split == file.split  # type: ignore[union-attr]


def test_a_second_file_holds_out_its_rows(train: AppTest) -> None:
    source(train, "own")
    send(train, "mine.csv", table())
    train.button(key="open_fitting").click().run()
    train.selectbox(key=key_of(train, "split.by")).set_value("file").run()
    assert train.button(key="train").disabled
    for content, refused in ((b"size,kind\n1,a\n2,b\n3,a\n", True), (table(20), False)):
        held = ("later.csv", content, "application/octet-stream")
        train.file_uploader(key="held_file").set_value(held).run()
        assert any("no column `weight`" in error.value for error in train.error) == refused
    well(train)
    assert any("20 of 80 rows are held out" in one.value for one in train.caption)


@pytest.mark.parametrize("name", ["report.docx", "sheet.xls", "table"])
def test_a_file_of_another_ending_is_refused_beside_its_box(train: AppTest, name: str) -> None:
    source(train, "own")
    send(train, name, b"anything")
    assert any("can't be read as data" in error.value for error in train.error)


def test_a_bad_file_gets_its_sentence_and_changes_nothing(train: AppTest) -> None:
    before = editor(train).valid
    source(train, "own")
    send(train, "mine.csv", table())
    kept = state_of(train).own
    send(train, "broken.npz", b"PK\x03\x04 and no more")
    assert not train.exception
    assert any("can't be unpacked" in error.value for error in train.error)
    assert state_of(train).own is kept
    assert editor(train).valid == before


def test_settings_and_hidden_causes_are_shown_where_they_have_an_effect(train: AppTest) -> None:
    settings = {f"settings.{name}" for name in ("schedule", "warmup_epochs", "patience")}
    assert settings <= shown_keys(train)
    assert "settings.decay" not in shown_keys(train)
    train.selectbox(key=key_of(train, "settings.schedule")).set_value("step").run()
    well(train)
    assert {"settings.decay", "settings.decay_epochs"} <= shown_keys(train)

    def table() -> str:
        bodies = (str(part.proto.body) for part in train.get("html"))
        return next(body for body in bodies if 'class="samples"' in body)

    before = table()
    train.toggle(key=key_of(train, "causes")).set_value(True).run()
    well(train)
    assert len(table()) > len(before)
    train.selectbox(key=key_of(train, "relation")).set_value("alignment").run()
    assert not train.exception
    assert any("Alignment needs" in error.value for error in train.error)
    train.selectbox(key=key_of(train, "relation")).set_value("additive").run()
    well(train)


def a_request() -> RunRequest:
    data = DataSpec(relation=RELATIONS["unique"](), samples=40)
    architecture = presets.load("wide_and_deep")
    return RunRequest(architecture=architecture, data=data, settings=Settings(epochs=1))


def test_a_run_that_waits_shows_its_position(
    train: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = service()
    monkeypatch.setattr(runs.store.queue, "position", lambda *_: QueuePosition(2, 20.0))
    state_of(train).run = runs.submit(a_request(), VISITOR, "mine")
    train.run()
    assert [bar.proto.text for bar in train.get("progress")] == [
        "mine: second in the queue, about 20 s"
    ]
    train.button(key="stop").click().run()
    wait_until(lambda: runs.store.get(str(state_of(train).run)).status == "stopped")


def finished(owner: str = VISITOR, file: str = "") -> str:
    """Store a finished run of the model, on a file if it is named, and return its id."""
    request = a_request()
    request = request.model_copy(update={"data": file or request.data})
    head = request.architecture.heads[0].name
    report = REPORT.model_copy(
        update={"heads": {head: REPORT.heads["y"]}, "memory_bytes": 400_000_000}
    )
    epoch = Epoch(epoch=1, logs={"loss": 0.5, f"{head}/accuracy": 0.7}, seconds=0.1)
    return a_run(request, STARTED, epoch, report, Finished(seconds=1.0), owner=owner, name="done")


def show(app: AppTest, run: str | None, *selected: str) -> None:
    """Show a run, and others selected and overlaid. A table keeps the selection of its runs."""
    state = state_of(app)
    state.run, state.selected, state.overlaid = run, selected, selected
    well(app.run())


def test_a_run_that_ended_is_reported_shared_and_gets_outdated(train: AppTest) -> None:
    run, store = finished(), service().store
    show(train, "gone")
    assert state_of(train).run is None
    show(train, run)
    assert all(any(text in part.proto.body for part in train.get("html")) for text in PARTS)
    assert any("400 MB" in caption.value for caption in train.caption)
    assert not any("outdated" in caption.value for caption in train.caption)
    train.toggle(key=f"share.{run}").set_value(True).run()
    well(train)
    assert store.get(run).shared
    assert any(f"run={run}" in code.value for code in train.code)
    train.toggle(key=key_of(train, f"share.{run}")).set_value(False).run()
    assert not store.get(run).shared
    editor(train).open(presets.load("siamese_digits"))
    train.run()
    assert any("outdated" in caption.value for caption in train.caption)


def test_the_run_of_another_is_shown_where_it_is_shared_and_offers_no_changes(
    train: AppTest,
) -> None:
    run = finished("another person")
    for shared in (False, True):
        service().store.share(run, shared)
        train.query_params["run"] = run
        train.run()
        assert not train.exception
        assert any("shared with you" in error.value for error in train.error) != shared
        assert state_of(train).run == (run if shared else None)
    assert any("another person" in caption.value for caption in train.caption)
    assert train.button(key="stop").disabled
    assert not any(str(toggle.key).startswith("share.") for toggle in train.toggle)
    train.session_state["whose"] = "All"
    show(train, None, run)
    buttons = {button.label: button.disabled for button in train.button}
    assert (buttons["Pin"], buttons["Delete"]) == (True, True)
    assert (buttons["Show"], buttons["Repeat"], buttons["Open model"]) == (False, False, False)
    assert not any(field.label == "Name" for field in train.main.text_input)


def test_the_samples_of_a_run_on_another_persons_file_are_not_shown(
    train: AppTest,
) -> None:
    run = finished("another person", "/data/uploads/salaries.npz")
    service().store.share(run)
    show(train, run)
    captions = " ".join(caption.value for caption in train.caption)
    assert "samples and labels are not shown" in captions
    assert "no errors on these samples" not in captions


def test_runs_are_compared_keep_their_colours_and_are_brought_back_by_undo(
    train: AppTest,
) -> None:
    state, store, first = state_of(train), service().store, finished()
    show(train, first)
    color, second = state.colors[first], finished()
    show(train, second, first)
    assert (state.colors[first], state.colors[second] != color) == (color, True)
    press(train, "Delete")
    assert store.find(first) is None
    assert any("1 run deleted." in text.value for text in train.markdown)
    train.button(key="runs.undo").click().run()
    well(train)
    assert store.find(first) is not None
    assert not any(str(button.key) == "runs.undo" for button in train.button)
    show(train, None, first, finished())
    press(train, "Compare")
    assert any(text.value == "The two models are the same." for text in train.caption)


def trained(request: RunRequest, folder: Path) -> str:
    """Train a model in this process, store it with its finished run, and return the run's id."""
    file = folder / "model.keras"
    events: list[Event] = []
    train_here(request, events.append, lambda: False, SaveOptions(str(file), 10**9))
    return a_run(request, *events, name="done", model=file.read_bytes())


def use(app: AppTest, run: str) -> None:
    """Show a run with its panel *Use this model* open, which the test runner can't click."""
    app.session_state[f"use_model.{run}"] = True
    show(app, run)


def predicted(app: AppTest) -> str:
    """Click *Predict*, and return the table of probabilities and contributions."""
    press(app, "Predict")
    return next(str(part.proto.body) for part in app.get("html") if "no input" in part.proto.body)


def test_the_sheet_that_is_a_table_is_read_and_another_can_be_chosen(train: AppTest) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["A note"])
    sheet = book.create_sheet("Data")
    for line in table().decode().splitlines():
        sheet.append(line.split(","))
    book.save(file)
    source(train, "own")
    send(train, "mine.xlsx", file.getvalue())
    state = state_of(train)
    assert state.own is not None
    assert state.own.table.names == ("size", "weight", "kind")
    sheets = train.selectbox(key=key_of(train, "sheet"))
    assert sheets.value == "Data"
    sheets.set_value("Sheet").run()
    assert "with one" in str(state_of(train).refused)


def test_a_row_of_ones_own_table_is_predicted_by_hand(train: AppTest, tmp_path: Path) -> None:
    source(train, "own")
    send(train, "mine.csv", table())
    train.button(key="open_fitting").click().run()
    run = trained(state_of(train).request(editor(train)), tmp_path)
    use(train, run)
    assert train.selectbox(key=f"use_row.{run}").options[:2] == ["Row 1", "Row 2"]
    file = state_of(train).own
    assert file is not None
    number = int(own.held_rows(file.table, RowSplit()).argmax())
    size, weight = (field for field in train.text_input if str(field.key).startswith(f"use.{run}"))
    assert (size.label, weight.label) == ("size", "weight")
    assert (size.value, weight.value) == (str(number % 7), str(number % 5))
    before = predicted(train)
    assert all(text in before for text in ("probability", "numbers", "sum"))
    train.text_input(key=str(size.key)).set_value("60")
    assert predicted(train) != before


def test_a_model_of_made_up_data_predicts_a_row_of_arrays(train: AppTest, tmp_path: Path) -> None:
    use(train, trained(a_request(), tmp_path))
    assert all(name in predicted(train) for name in ("wide", "deep", "sum"))


def test_selected_runs_are_overlaid_by_a_button_alone(train: AppTest) -> None:
    state, first = state_of(train), finished()
    show(train, finished(), first)
    state.overlaid = ()
    train.run()
    press(train, "Overlay")
    assert state_of(train).overlaid == (first,)
    press(train, "No overlay")
    assert state_of(train).overlaid == ()


def rows_of(app: AppTest) -> pd.DataFrame:
    """Return the table of runs."""
    return next(frame.value for frame in app.dataframe if "Merge" in frame.value)


def test_a_visitor_without_runs_has_an_example_in_the_table_that_opens_on_inspect(
    keras_is_in: None,
) -> None:
    app = arrival(PAGE, "a first visitor").run()
    well(app)
    (row,) = rows_of(app).to_dict("records")
    assert row["Run"].startswith("Example")
    assert (row["Merge"], row["Accuracy"], row["Samples"]) == ("Multiply", 1.0, 3000)
    (link,) = [one.proto for one in app.get("page_link") if "run=example" in one.proto.query_string]
    assert link.label == "Open it on Inspect"


def test_the_table_has_the_scores_of_a_run_and_a_note_that_is_found(train: AppTest) -> None:
    first, second = finished(), finished()
    show(train, None, first)
    train.text_input(key=key_of(train, f"Note.{first}")).set_value("wide beam").run()
    well(train)
    assert service().store.get(first).note == "wide beam"
    train.text_input(key="runs_filter").set_value("Beam seed 0").run()
    (row,) = rows_of(train).to_dict("records")
    assert (row["Note"], row["Status"], row["Seed"]) == ("wide beam", "finished", 0)
    assert row["Accuracy"] == REPORT.heads["y"].measures["accuracy"]
    assert row["Samples"] == REPORT.trained + REPORT.held
    train.text_input(key="runs_filter").set_value("").run()
    assert state_of(train).selected == (first,)
    service().store.remove([first, second])


def test_a_filter_that_no_run_fits_has_a_sentence_in_place_of_the_table(train: AppTest) -> None:
    run = finished()
    show(train, None, run)
    train.text_input(key="runs_filter").set_value("[(*").run()
    well(train)
    assert not [frame for frame in train.dataframe if "Merge" in frame.value]
    assert any("Delete a word" in caption.value for caption in train.caption)
    assert state_of(train).selected == (run,)
    service().store.remove([run])


def test_runs_that_a_filter_hides_stay_selected_and_are_left_alone(train: AppTest) -> None:
    hidden, shown = finished(), finished()
    service().store.rename(hidden, "another name")
    show(train, None, hidden, shown)
    train.text_input(key="runs_filter").set_value("done").run()
    press(train, "Delete")
    assert service().store.find(hidden) is not None
    assert service().store.find(shown) is None
    assert state_of(train).selected == state_of(train).overlaid == (hidden,)
    service().store.remove([hidden, shown])


def test_a_run_that_ends_meanwhile_changes_neither_selection_nor_order(train: AppTest) -> None:
    selected, going = finished(), a_run(a_request(), STARTED)
    show(train, going, selected)
    before = list(rows_of(train)["Run"])
    service().store.append(going, Finished(seconds=1.0))
    train.run()
    assert list(rows_of(train)["Run"]) == before
    assert state_of(train).selected == (selected,)
    service().store.remove([selected, going])


def test_runs_that_this_version_cannot_read_say_so_and_leave_the_page_as_it_is(
    train: AppTest,
) -> None:
    store, shown, over = service().store, spoil(finished()), spoil(finished())
    state_of(train).run, state_of(train).overlaid = shown, (over,)
    train.run()
    (error,) = train.error
    assert error.value.startswith("A request needs")
    assert state_of(train).run is None
    assert not train.button(key="train").disabled
    assert "can't be read by this version" in set(train.dataframe[0].value["Data"])
    store.remove([shown, over])


def test_a_database_that_fails_is_one_sentence_and_the_page_comes_back(train: AppTest) -> None:
    with in_the_way(Path(os.environ["FUSION_DATABASE_URL"].removeprefix("sqlite:///"))):
        train.run()
        (error,) = train.error
        assert "The database file can't be opened" in error.value
    train.run()
    well(train)


def test_a_long_run_can_be_made_quick_before_it_is_started(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_control, "LATEST", 0)  # Ignore the pace of other tests' runs.
    before = service().store.list()
    app = with_model(PAGE).run()
    assert any("on this machine" in caption.value for caption in app.caption)
    app.number_input(key=key_of(app, "data.samples")).set_value(5000).run()
    app.button(key="make_quick").click().run()
    well(app)
    state = state_of(app)
    assert state.data["samples"] <= 1000
    assert state.settings["epochs"] <= 10
    assert "make_quick" not in {button.key for button in app.button}
    assert service().store.list() == before


def sizes(app: AppTest) -> tuple[int, int]:
    state = state_of(app)
    return state.data["samples"], state.settings["epochs"]


def test_samples_and_epochs_fit_the_models_cost_until_a_person_chooses_them(
    keras_is_in: None,
) -> None:
    app = with_model(PAGE).run()
    costly = sizes(app)
    assert costly < (SAMPLES, EPOCHS)
    assert any("chosen for this model and this machine" in caption.value for caption in app.caption)
    editor(app).open(presets.load("wide_and_deep"))
    app.run()
    assert sizes(app) == (SAMPLES, EPOCHS)
    assert not any("chosen for" in caption.value for caption in app.caption)
    app.number_input(key=key_of(app, "data.samples")).set_value(3000).run()
    editor(app).open(presets.load(presets.DEFAULT))
    app.run()
    assert sizes(app) == (3000, costly[1])
    app.button(key="reset_lab").click().run()
    well(app)
    assert sizes(app) == costly


def test_a_run_that_is_asked_to_stop_says_so_until_it_has_stopped(train: AppTest) -> None:
    store = service().store
    run = state_of(train).run = a_run(a_request(), STARTED)
    train.run()
    assert not train.button(key="stop").disabled
    train.button(key="stop").click().run()
    assert train.button(key="stop").disabled
    assert train.button(key="stop").label == "Stopping …"
    assert [bar.proto.text for bar in train.get("progress")] == ["mine: stopping …"]
    store.append(run, Stopped(seconds=1.0))
    train.run()
    assert train.button(key="stop").label == "Stop"


def test_a_run_is_paused_and_trained_epoch_by_epoch(train: AppTest) -> None:
    store = service().store
    asked = a_request().model_copy(update={"settings": Settings(epochs=20)})
    run = state_of(train).run = a_run(asked, STARTED, POINT)
    train.run()
    assert train.button(key="one_epoch").disabled
    train.button(key="pause").click().run()
    assert store.get(run).pause_after == 0
    assert train.button(key="pause").disabled
    assert [bar.proto.text for bar in train.get("progress")] == [
        "mine: epoch 1 of 20 · pauses after this epoch"
    ]
    store.append(run, Paused(epoch=1))
    train.run()
    assert [bar.proto.text for bar in train.get("progress")] == [
        "mine: paused after epoch 1 of 20. Resume within a day."
    ]
    assert not train.button(key="train").disabled
    assert rows_of(train)["Status"].iloc[0] == "paused"
    train.button(key="one_epoch").click().run()
    well(train)
    assert (store.get(run).pause_after, store.get(run).status) == (2, "queued")
    train.button(key="stop").click().run()
    assert store.get(run).status == "stopped"


def test_a_new_run_can_wait_after_its_first_epoch(train: AppTest) -> None:
    train.button(key="one_epoch").click().run()
    run = service().store.get(str(state_of(train).run))
    service().store.stop(run.id)
    assert run.pause_after == 1


def test_a_paused_run_continues_in_another_tab_of_its_owner_only(train: AppTest) -> None:
    store = service().store
    run = a_run(a_request(), STARTED, POINT, Paused(epoch=1))
    store.share(run)
    reader = arrival(PAGE, "f" * 32, run=run).run()
    assert reader.button(key="pause").disabled
    other = arrival(PAGE).run()
    assert state_of(other).run == run
    other.button(key="pause").click().run()
    assert store.get(run).status == "queued"
    store.stop(run)


def test_no_button_pauses_where_runs_can_not_wait(
    train: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VisitorRuns, "can_pause", False)
    state_of(train).run = a_run(a_request(), STARTED)
    train.run()
    keys = {button.key for button in train.button}
    assert not keys & {"pause", "one_epoch"}


def test_the_curves_have_their_place_before_a_run_in_the_format_they_are_saved_in(
    train: AppTest,
) -> None:
    show(train, None)
    measured, drawn = curves.measured(editor(train).valid), train.get("echarts_chart")
    assert len(drawn) == len(("loss", *measured))
    (before,) = {chart.proto.renderer for chart in drawn}
    train.session_state["saved_as"] = "svg"
    train.run()
    (after,) = {chart.proto.renderer for chart in train.get("echarts_chart")}
    assert after != before
