"""Links in the page: opened once, said where they are bad, and given with what rides along."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.core.errors import DataError
from components.export.link import LinkContent, parse_link, share
from components.model.spec import parse
from components.training.requests import Settings
from components.training.store import Store
from components.ui.build.share import address, apply_to
from components.ui.kit.model_editor import ModelEditor
from components.ui.kit.train_state import TrainState
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec
from sample_data.synthetic import DataSpec
from tests.training.test_artifacts import create
from tests.waiting import PATIENCE_SECONDS

SPEC = presets.load("wide_and_deep")
DATA = DataSpec(
    relation=RELATIONS["missing"].model_validate({"p": 0.25}), samples=500, seed=3, difficulty=0.5
)
SETTINGS = Settings(epochs=7, seed=11)


def page() -> None:
    import streamlit as st

    from components.model.builder import build
    from components.ui.build.share import check_link, open_link, share_link
    from components.ui.kit.model_editor import ModelEditor
    from components.ui.kit.train_state import TrainState
    from sample_data import presets

    state = st.session_state
    if "editor" not in state:
        state["editor"], state["train_state"] = (
            ModelEditor.of(presets.load(presets.DEFAULT)),
            TrainState(),
        )
    open_link(state["editor"], state["train_state"])
    state["editor"].check(build)
    check_link(state["editor"])
    share_link(state["editor"], state["train_state"])


def run(**parameters: str) -> AppTest:
    test = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS)
    test.query_params.update(parameters)
    return test.run()


def link_of(test: AppTest) -> LinkContent:
    assert not test.exception
    return parse_link(test.code[0].value)


def test_an_address_opens_its_model_with_data_and_settings() -> None:
    test = run(m=share(SPEC, DATA, SETTINGS))
    assert test.session_state["editor"].valid == SPEC
    train: TrainState = test.session_state["train_state"]
    request = train.request(test.session_state["editor"])
    assert (request.data, request.settings) == (DATA, SETTINGS)
    assert not test.error
    assert "m" in test.query_params


def test_what_was_there_can_be_had_again_and_the_link_is_not_opened_twice() -> None:
    test = run(m=share(SPEC))
    test.session_state["editor"].undo()
    test.run()
    assert test.session_state["editor"].valid == presets.load(presets.DEFAULT)
    assert "m" not in test.query_params


def test_a_bad_link_gives_one_sentence_and_the_default_model() -> None:
    test = run()
    long = "1." + "A" * 9000 + ".b"
    for token in ("", "1", "2.a.b", "1.G23NDoPWLAA.EBIAOVyp", long, "\x00`"):
        test.query_params["m"] = token
        test.run()
        assert [len(error.value.splitlines()) for error in test.error] == [1]
        assert test.session_state["editor"].valid == presets.load(presets.DEFAULT)
    test.session_state["editor"].open(SPEC)
    test.run()
    assert not test.error
    assert "m" not in test.query_params


def test_the_page_gives_the_link() -> None:
    test = run()
    assert link_of(test) == LinkContent(presets.load(presets.DEFAULT))
    test.checkbox(key="share_along").check().run()
    shared = link_of(test)
    assert (shared.data, shared.settings) == (
        DataSpec(relation=RELATIONS["redundant"]()),
        Settings(),
    )


def test_a_collection_is_taken_into_the_lab() -> None:
    train = TrainState()
    wine = CollectionSpec(collection="wine", seed=4, samples=90)
    apply_to(train, LinkContent(SPEC, wine))
    assert train.spec(SPEC) == wine
    assert train.request(ModelEditor.of(SPEC)).data == wine
    train.reset()
    train.source, train.collection = "collection", "wine"
    assert train.spec(SPEC) == CollectionSpec(collection="wine")


def test_samples_out_of_range_are_said() -> None:
    train = TrainState(source="collection", drawn={"samples": 3, "seed": 0})
    with pytest.raises(DataError, match="samples"):
        train.spec(SPEC)


def test_a_model_that_does_not_fit_yet_is_shared_as_it_is_seen() -> None:
    data = SPEC.data()
    data["merges"][0]["kind"] = "add"
    test = run(m=share(parse(data)))
    assert test.session_state["editor"].unfit == parse(data)
    assert link_of(test) == LinkContent(parse(data))


def test_data_of_a_script_must_fit_its_model() -> None:
    train = TrainState(relation="xor")
    data, why = train.fitting_data(SPEC)
    assert data == train.spec(SPEC)
    assert why == ""
    train.source, train.collection = "collection", "wine"
    data, why = train.fitting_data(SPEC)
    assert data is None
    assert "one array for each input" in why


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://fusion.example", "https://fusion.example/?m=T"),
        ("https://fusion.example/train/?x=1#y", "https://fusion.example/train/?m=T"),
        ("", "/?m=T"),
    ],
)
def test_address_is_absolute(url: str, wanted: str) -> None:
    assert address(url, "T") == wanted


def files(url: str, run_id: str) -> None:
    from components.training.store import Store
    from components.ui.train.run_files import run_files

    store = Store(url)
    run_files(store, store.get(run_id))


@pytest.mark.parametrize("kept", [b"", b"model"])
def test_files_of_a_run(tmp_path: Any, kept: bytes) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    store = Store(url)
    run_id = create(store, kept=kept)
    test = AppTest.from_function(files, args=(url, run_id), default_timeout=PATIENCE_SECONDS).run()
    assert not test.exception
    buttons = test.get("download_button")
    assert [button.proto.disabled for button in buttons] == [not kept, not kept, False, False]
    assert [
        caption.value for caption in test.caption if "must have been kept" in caption.value
    ] == ([] if kept else [test.caption[0].value])
