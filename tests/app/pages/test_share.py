"""Links on the Build page: each opens once, a bad one is refused, and data can be included."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.editor.train_state import TrainState
from components.base.errors import DataError
from components.experiments.queue.store import Store
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import parse
from components.sharing.links.link import LinkContent, parse_link, share
from sample_data.content import presets
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.app.pages.desk import arrival, editor, key_of, well
from tests.experiments.queue.test_artifacts import create
from tests.waiting import PATIENCE_SECONDS

SPEC = presets.load("wide_and_deep")
DATA = DataSpec(
    relation=RELATIONS["missing"].model_validate({"p": 0.25}), samples=500, seed=3, difficulty=0.5
)
SETTINGS = Settings(epochs=7, seed=11)


@pytest.fixture
def shared(keras_is_in: None) -> AppTest:
    """Return the Build page before its first run, with the link to its model visible."""
    app = arrival(visitor=uuid.uuid4().hex)
    app.session_state["share"] = True
    return app


def opened(app: AppTest, token: str) -> AppTest:
    app.query_params["m"] = token
    return app.run()


def link_of(test: AppTest) -> LinkContent:
    assert not test.exception
    return parse_link(test.code[0].value)


def test_an_address_opens_its_model_with_data_and_settings_once(shared: AppTest) -> None:
    opened(shared, share(SPEC, DATA, SETTINGS))
    well(shared)
    assert editor(shared).valid == SPEC
    request = shared.session_state["train_state"].request(editor(shared))
    assert (request.data, request.settings) == (DATA, SETTINGS)
    assert "m" in shared.query_params
    shared.switch_page("pages/1_Train.py").run()
    well(shared)
    assert shared.selectbox(key=key_of(shared, "relation")).value == "missing"
    assert shared.number_input(key=key_of(shared, "settings.epochs")).value == 7
    shared.switch_page("app.py").run()
    editor(shared).undo()
    shared.run()
    assert editor(shared).valid == presets.load(presets.DEFAULT)
    assert "m" not in shared.query_params


def test_a_bad_link_gives_one_sentence_and_the_default_model(shared: AppTest) -> None:
    long = "2." + "A" * 9000 + ".b"
    for token in ("", "2", "1.a.b", "2.AAAA.EBIAOVyp", long, "\x00`"):
        opened(shared, token)
        assert [len(error.value.splitlines()) for error in shared.error] == [1]
        assert editor(shared).valid == presets.load(presets.DEFAULT)
    editor(shared).open(SPEC)
    shared.run()
    well(shared)
    assert "m" not in shared.query_params


def test_the_page_gives_the_link_also_to_a_model_that_does_not_fit_yet(shared: AppTest) -> None:
    shared.run()
    assert link_of(shared) == LinkContent(presets.load(presets.DEFAULT))
    shared.checkbox(key="share_along").check().run()
    link, redundant = link_of(shared), DataSpec(relation=RELATIONS["redundant"]())
    assert (link.data, link.settings) == (redundant, Settings())
    shared.checkbox(key="share_along").uncheck()
    data = SPEC.data()
    data["merges"][0]["kind"] = "add"
    opened(shared, share(parse(data)))
    assert editor(shared).unfit == parse(data)
    assert link_of(shared) == LinkContent(parse(data))


def test_a_link_with_a_collection_sets_the_data_of_the_train_page() -> None:
    train = TrainState()
    wine = CollectionSpec(collection="wine", seed=4, samples=90)
    train.use_content(LinkContent(SPEC, wine))
    assert train.chosen_data(SPEC) == wine
    assert train.request(ModelEditor.of(SPEC)).data == wine
    train.reset()
    train.source, train.collection = "collection", "wine"
    assert train.chosen_data(SPEC) == CollectionSpec(collection="wine")


def test_data_must_be_in_range_and_that_of_a_script_must_fit_its_model() -> None:
    train = TrainState(relation="xor")
    assert train.fitting_data(SPEC) == (train.chosen_data(SPEC), "")
    train.source, train.collection = "collection", "wine"
    data, why = train.fitting_data(SPEC)
    assert data is None
    assert "one array for each input" in why
    train.drawn = {"samples": 3, "seed": 0}
    with pytest.raises(DataError, match="samples"):
        train.chosen_data(SPEC)


def files(run_id: str) -> None:
    from types import SimpleNamespace

    from components.app.pages.train.runs_table import run_files
    from components.experiments.queue.store import Store
    from components.experiments.queue.visitor_runs import VisitorRuns

    service: Any = SimpleNamespace(store=Store())
    runs = VisitorRuns(service, "")
    run_files(runs, runs.run(run_id))


@pytest.mark.parametrize("kept", [b"", b"model"])
def test_files_of_a_run(store: Store, kept: bytes) -> None:
    run_id = create(store, kept=kept)
    test = AppTest.from_function(files, args=(run_id,), default_timeout=PATIENCE_SECONDS).run()
    assert not test.exception
    buttons = test.get("download_button")
    missing = [not kept, not kept, False, False, False]
    assert [button.proto.disabled for button in buttons] == missing
    is_reported = any("no file of this trained model" in caption.value for caption in test.caption)
    assert is_reported == (not kept)
