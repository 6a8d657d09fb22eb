"""The pages' scripts, run by Streamlit's own test runner: state and widgets, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.encoders import ENCODERS
from components.encoders.base import Form
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import encoders_for
from components.merges import MERGES
from components.ui import edits
from components.ui.workbench import Workbench
from sample_data import presets
from sample_data.relations import RELATIONS

pytestmark = pytest.mark.xdist_group("pages")


def bench(app: AppTest) -> Workbench:
    found: Workbench = app.session_state["bench"]
    return found


def key_of(app: AppTest, base: str) -> str:
    """The present key of a widget, which changes when its value is changed from elsewhere."""
    version, _ = app.session_state["shown"][base]
    return f"{base}~{version}" if version else base


def well(app: AppTest) -> None:
    assert not app.exception
    assert [error.value for error in app.error] == []


def well_or_said(app: AppTest) -> None:
    """Either the model can be built, or the sidebar says once what is wrong."""
    assert not app.exception
    error = bench(app).error
    assert [alert.value for alert in app.sidebar.error] == ([] if error is None else [str(error)])


def test_build_opens_with_the_default_preset(app: AppTest) -> None:
    well(app)
    assert app.selectbox(key=key_of(app, "preset")).value == presets.DEFAULT
    assert bench(app).valid == presets.load(presets.DEFAULT)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_opens(app: AppTest, name: str) -> None:
    app.selectbox(key=key_of(app, "preset")).set_value(name).run()
    well(app)
    assert bench(app).valid == presets.load(name)


@pytest.mark.parametrize("kind", list(INPUTS))
def test_every_kind_of_input_has_its_widgets(app: AppTest, kind: str) -> None:
    key = bench(app).draft["inputs"][0]["key"]
    app.session_state[f"{key}.more"] = True
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    well(app)
    given = bench(app).valid.inputs[0]
    assert given.kind == kind  # type: ignore[attr-defined]
    shown = {
        str(widget.key).partition("~")[0]
        for widget in (*app.number_input, *app.slider, *app.selectbox, *app.text_input, *app.toggle)
    }
    for field in set(INPUTS[kind].model_fields) - {"kind", "name", "encoder"}:
        assert f"{key}.{kind}.{field}" in shown


@pytest.mark.parametrize("kind", [kind for kind in ENCODERS if kind != "shared"])
def test_every_encoder_can_be_chosen(app: AppTest, kind: str) -> None:
    forms: tuple[Form, ...] = ("map", "sequence", "vector", "tokens", "ids")
    form = next(form for form in forms if kind in encoders_for(form))
    fitting = next(name for name, given in INPUTS.items() if given.form == form)
    key = bench(app).draft["inputs"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(fitting).run()
    app.selectbox(key=key_of(app, f"{key}.encoder.kind")).set_value(kind).run()
    assert not app.exception
    assert bench(app).draft["inputs"][0]["encoder"]["kind"] == kind
    well_or_said(app)


@pytest.mark.parametrize("kind", list(MERGES))
def test_every_strategy_can_be_chosen(app: AppTest, kind: str) -> None:
    key = bench(app).draft["merges"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    assert bench(app).draft["merges"][0]["kind"] == kind
    well_or_said(app)


@pytest.mark.parametrize("kind", list(HEADS))
def test_every_head_can_be_chosen(app: AppTest, kind: str) -> None:
    key = bench(app).draft["heads"][0]["key"]
    app.selectbox(key=key_of(app, f"{key}.kind")).set_value(kind).run()
    well(app)
    assert bench(app).valid.heads[0].kind == kind  # type: ignore[attr-defined]


def test_an_error_stands_beside_its_widget_and_is_undone(app: AppTest) -> None:
    key = bench(app).draft["inputs"][0]["key"]
    app.text_input(key=key_of(app, f"{key}.name")).set_value("text").run()
    assert not app.exception
    assert "must differ" in app.error[0].value
    assert bench(app).valid == presets.load(presets.DEFAULT)
    assert len(app.sidebar.error) == 1
    app.button(key="undo").click().run()
    well(app)


def test_the_train_page_follows_the_model(app: AppTest) -> None:
    app.selectbox(key=key_of(app, "preset")).set_value("wide_and_deep").run()
    app.switch_page("pages/1_Train.py").run()
    well(app)
    assert any("wide and deep" in text.value for text in app.markdown)
    app.switch_page("app.py").run()
    assert bench(app).valid == presets.load("wide_and_deep")


@pytest.mark.parametrize("kind", list(RELATIONS))
def test_every_relation_has_its_dials(app: AppTest, kind: str) -> None:
    app.switch_page("pages/1_Train.py").run()
    app.selectbox(key=key_of(app, "relation")).set_value(kind).run()
    assert not app.exception
    title = RELATIONS[kind].title
    assert all(error.value.startswith(f"{title} needs") for error in app.error)
    shown = {
        str(widget.key).partition("~")[0]
        for widget in (*app.number_input, *app.slider, *app.selectbox, *app.toggle)
    }
    for field in set(RELATIONS[kind].model_fields) - {"kind"}:
        assert f"dial.{kind}.{field}" in shown


def test_a_sequence_of_changes_never_leaves_an_exception(app: AppTest) -> None:
    for kind in INPUTS:
        bench(app).edit(lambda draft, kind=kind: edits.add_input(draft, kind))
        app.run()
        well(app)
    for _ in range(3):
        bench(app).edit(edits.add_merge)
        app.run()
        well(app)
