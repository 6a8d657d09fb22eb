"""The content of the Download popover in Streamlit's test runner."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.models.language.fields import settings
from components.sharing.formats import PICTURES
from tests.waiting import PATIENCE_SECONDS


def page() -> None:
    from components.app.pages.build.download import download_panel
    from components.app.parts.editor.model_editor import ModelEditor
    from components.models.analysis.model_view import model_view
    from components.models.drawing.options import PLAIN
    from sample_data.content import presets

    architecture = presets.load("image_text_relevance")
    download_panel(ModelEditor.of(architecture), model_view(architecture), PLAIN)


@pytest.fixture
def app(keras_is_in: None) -> AppTest:
    return AppTest.from_function(page, default_timeout=PATIENCE_SECONDS).run()


def buttons(app: AppTest) -> dict[str, bool]:
    """Return the labels of the download buttons, and whether they are enabled."""
    return {button.proto.label: not button.proto.disabled for button in app.get("download_button")}


def test_all_is_offered(app: AppTest) -> None:
    assert not app.exception
    assert buttons(app) == {
        "Picture as SVG": True,
        "Table": True,
        "Model (.json)": True,
        "All (.zip)": True,
        "Design record": True,
    }

    assert [area.key for area in app.text_area] == ["take.record.why"]
    app.toggle(key="take.below").set_value(True).run()
    assert not app.exception
    assert str(app.text_area[0].value).startswith("Two branches: ")


@pytest.mark.parametrize("ending", PICTURES)
def test_every_format_is_offered_with_its_choices(app: AppTest, ending: str) -> None:
    form = PICTURES[ending]
    app.selectbox(key="take.form").set_value(ending).run()
    assert not app.exception
    assert buttons(app)[f"Picture as {form.title}"]
    for setting in settings(form):
        assert f"take.{ending}.{setting.name}" in app.session_state


def test_small_letters_on_paper_are_reported(app: AppTest) -> None:
    app.number_input(key="take.svg.width").set_value(30.0).run()
    assert any("Use at least 6 pt" in caption.value for caption in app.caption)
    app.selectbox(key="take.form").set_value("pdf").run()
    app.button_group(key="take.pdf.page").set_value("A4").run()
    assert not app.exception
    assert not [one for one in app.number_input if one.key == "take.pdf.width"]


def test_letters_without_shapes_are_refused_before_a_click(app: AppTest) -> None:
    app.text_input(key="take.title").set_value("図")
    app.selectbox(key="take.form").set_value("png").run()
    assert any("may only use letters of Source Sans 3" in caption.value for caption in app.caption)
    assert not buttons(app)["Picture as PNG"]
    assert buttons(app)["All (.zip)"]
    app.selectbox(key="take.form").set_value("svg").run()
    assert buttons(app)["Picture as SVG"]
