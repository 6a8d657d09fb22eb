"""The dialog *Compare with …*: a model from each source beside the present one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.app.parts.editor.model_editor import ModelEditor
from components.base.zips import zip_of
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.builder import build
from components.sharing.links.link import share
from sample_data.content import presets
from sample_data.loading.sources import parse as parse_data
from tests.app.pages.desk import VISITOR, arrival, html, well
from tests.app.pages.stored import a_run
from tests.waiting import PATIENCE_SECONDS

OTHER = "neumf"
_SOURCE = "compare_with.source"


def dialog() -> None:
    """Show only the dialog, which stays open while its widgets change."""
    import streamlit as st

    from components.app.pages.build.compare_with import compare_with

    compare_with(st.session_state["editor"])


@pytest.fixture(scope="module")
def app(keras_is_in: None) -> AppTest:
    """Open the dialog for the preset `wide_and_deep`."""
    app = AppTest.from_function(dialog, default_timeout=PATIENCE_SECONDS)
    app.session_state["visitor"] = VISITOR
    app.session_state["editor"] = ModelEditor.of(presets.load("wide_and_deep"))
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(part.value for part in (*app.markdown, *app.caption)) + html(app)


def test_it_opens_instead_of_the_popover(keras_is_in: None) -> None:
    page = arrival()
    page.session_state["share"] = True
    page.run().button(key="compare_with").click().run()
    well(page)
    assert not page.session_state["share"]
    assert page.selectbox(key="compare_with.preset").value


def test_a_preset_differs_in_layers_parameters_and_flops(app: AppTest) -> None:
    app.segmented_control(key=_SOURCE).set_value("Preset").run()
    app.selectbox(key="compare_with.preset").set_value(OTHER).run()
    well(app)
    shown = words(app)
    assert "parameters 392,601 → 1,207" in shown
    assert "FLOPs" in shown
    assert "fusion_concatenate" in shown
    app.toggle(key="compare_with.swap").set_value(True).run()
    assert "parameters 1,207 → 392,601" in words(app)
    app.toggle(key="compare_with.swap").set_value(False).run()
    app.selectbox(key="compare_with.preset").set_value("wide_and_deep").run()
    assert "The two models are the same." in words(app)


@pytest.mark.parametrize("form", ["link", "ours", "keras"])
def test_a_pasted_model_may_be_a_link_or_a_file_of_ours_or_of_keras(
    app: AppTest, form: str
) -> None:
    architecture = presets.load(OTHER)
    app.segmented_control(key=_SOURCE).set_value("Link or JSON").run()
    token, keras = share(architecture), build(architecture).model.to_json
    text = {
        "link": f"http://localhost/?m={token}",
        "ours": architecture.json_text(),
        "keras": keras(),
    }
    app.text_area(key="compare_with.text").set_value(text[form]).run()
    well(app)
    assert "parameters 392,601 → 1,207" in words(app)


def test_a_file_may_be_an_archive_of_keras(app: AppTest) -> None:
    app.segmented_control(key=_SOURCE).set_value("File").run()
    config = build(presets.load(OTHER)).model.to_json().encode()
    archive = zip_of([("config.json", config)])
    app.file_uploader(key="compare_with.file").set_value(("m.keras", archive, "")).run()
    well(app)
    assert "parameters 392,601 → 1,207" in words(app)


def test_an_invalid_model_is_reported(app: AppTest) -> None:
    app.segmented_control(key=_SOURCE).set_value("Link or JSON").run()
    app.text_area(key="compare_with.text").set_value("hello").run()
    assert app.error[0].value.startswith("This text is neither a share link nor")
    app.segmented_control(key=_SOURCE).set_value("Run").run()
    assert "You have no runs yet" in words(app)


def test_the_chosen_one_of_two_runs_with_one_name_is_compared(app: AppTest) -> None:
    data = parse_data("xor")
    runs = [
        a_run(RunRequest(architecture=presets.load(name), data=data, settings=Settings()))
        for name in ("wide_and_deep", OTHER)
    ]
    app.segmented_control(key=_SOURCE).set_value("Run").run()
    for run, difference in zip(runs, ("are the same", "parameters 392,601 → 1,207"), strict=True):
        app.selectbox(key="compare_with.run").set_value(run).run()
        assert difference in words(app)
