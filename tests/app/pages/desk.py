"""A person who uses the sidebar in Streamlit's test runner, only through widgets."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput, Widget

from components.app.pages.build.sidebar_blocks import READ_AGAIN
from components.app.parts.editor import drafts
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.widgets import forms
from components.base.paths import ROOT
from components.models.architecture.architecture import Architecture, Trunk
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.fields import settings
from components.models.merges import MERGES
from sample_data.content import presets
from tests.waiting import PATIENCE_SECONDS

Data = dict[str, Any]
BUILD = "app.py"
PARTS = ("inputs", "merges", "heads")
VISITOR = "0123456789abcdef" * 2
"""Id of the visitor, who owns the runs and races."""


def arrival(page: str = BUILD, visitor: str = VISITOR, **query: str) -> AppTest:
    """Return a page at an address in a new tab of a visitor's browser, before its first run."""
    app = AppTest.from_file(str(ROOT / BUILD), default_timeout=PATIENCE_SECONDS)
    if page != BUILD:
        app.switch_page(page)
    app.session_state["visitor"] = visitor
    for name, value in query.items():
        app.query_params[name] = value
    return app


def with_model(page: str = BUILD, preset: str = presets.DEFAULT, **query: str) -> AppTest:
    """Return a page with an open preset, before its first run and without a run of another page."""
    app = arrival(page, **query)
    app.session_state["editor"] = ModelEditor.of(presets.load(preset))
    return app


def editor(app: AppTest) -> ModelEditor:
    current: ModelEditor = app.session_state["editor"]
    return current


def key_of(app: AppTest, base: str) -> str:
    """Return the present key of a widget, which changes when its value is set from elsewhere."""
    version = app.session_state["shown"][base].version
    return f"{base}~{version}" if version else base


def open_preset(app: AppTest, name: str) -> None:
    """Choose a preset in the gallery."""
    app.button(key="preset").click().run()
    app.button(key=f"gallery.open.{name}").click().run()


def well(app: AppTest) -> None:
    """Check that the page shows no error."""
    assert not app.exception
    assert [error.value for error in app.error] == []


def press(app: AppTest, label: str) -> None:
    """Click a button."""
    next(button for button in app.button if button.label == label).click().run()
    well(app)


def html(app: AppTest) -> str:
    """Return all HTML of the page."""
    return "\n".join(str(part.proto.body) for part in app.get("html"))


def shown_keys(app: AppTest) -> set[str]:
    """Return the keys of the page's widgets, without the versions of their values."""
    fields = (app.number_input, app.slider, app.text_input)
    kinds = (*fields, app.selectbox, app.multiselect, app.toggle)
    return {str(widget.key).partition("~")[0] for widgets in kinds for widget in widgets}


def _places(data: Data) -> list[tuple[str, int]]:
    """Return the part and the index of all inputs, merges and heads."""
    return [(part, index) for part in PARTS for index in range(len(data[part]))]


class Desk:
    """Sidebar whose widgets are found by their keys and used within their limits."""

    def __init__(self, app: AppTest) -> None:
        self.app = app

    @property
    def editor(self) -> ModelEditor:
        return editor(self.app)

    @property
    def draft(self) -> Data:
        return self.editor.draft

    def widgets(self) -> dict[str, Any]:
        """Return the sidebar's widgets by their keys, without the versions of their values."""
        widgets = [node for node in self.app.sidebar if isinstance(node, Widget)]
        return {str(widget.key).partition("~")[0]: widget for widget in widgets}

    def errors(self) -> list[str]:
        """Return the errors that the sidebar shows."""
        return [error.value for error in self.app.sidebar.error]

    def key(self, part: str, index: int) -> str:
        """Return the start of the keys of a part's widgets."""
        return str(self.draft[part][index]["key"])

    def put(self, base: str, value: Any) -> None:
        """Set a widget to one of the values that it offers."""
        if self._set(base, self.widgets()[base], value):
            self._ran(self.app)

    def put_all(self, values: Data) -> None:
        """Set the widgets that exist, then those that appear because of the new values."""
        for _ in values:
            there = self.widgets()
            if not sum(
                self._set(base, there[base], values[base]) for base in values.keys() & there.keys()
            ):
                return
            self._ran(self.app)

    def _set(self, base: str, widget: Any, value: Any) -> bool:
        """Set a widget without a run. Return `True` if its value changed."""
        if isinstance(widget, TextInput):
            value = "" if value is None else forms.numbers_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = getattr(widget, "min", None), getattr(widget, "max", None)
            assert (value if low is None else low) <= value, base
            assert (value if high is None else high) >= value, base
        if widget.value == value:
            return False
        widget.set_value(value)
        return True

    def open_preset(self, name: str) -> None:
        """Choose a preset in the gallery."""
        open_preset(self.app, name)

    def press(self, base: str) -> None:
        """Click a button."""
        self._ran(self.widgets()[base].click())

    def pick(self, base: str, option: str) -> None:
        """Choose from a menu."""
        self._ran(self.widgets()[base].click(option))

    def act(self, part: str, index: int, action: str) -> None:
        """Choose from a part's own menu."""
        self.pick(f"{self.key(part, index)}.menu", action)

    def open_all(self) -> None:
        """Unfold all blocks, and open all boxes of fields."""
        for part in PARTS:
            for item in self.draft[part]:
                # The test runner can't click on an expander.
                self.app.session_state[f"{item['key']}.more"] = True
                if f"{item['key']}.name" not in self.widgets():
                    self.press(f"{item['key']}.fold")
        self._ran(self.app)

    def _ran(self, ready: Any) -> None:
        ready.run()
        assert not self.app.exception
        assert not any("bug in the playground" in error.value for error in self.app.error)

    # An architecture, step by step

    def build(self, wanted: Architecture) -> None:
        """Change the model in the sidebar into the given architecture."""
        data = drafts.drafted(wanted)
        self._clear()
        self._lay_out(data)
        self.open_all()
        self._trunk(data["trunk"])
        keys = [(self.key(part, index), part, index) for part, index in _places(data)]
        self.put_all({f"{key}.name": f"{part}_{index}" for key, part, index in keys})
        self.put_all({f"{key}.name": data[part][index]["name"] for key, part, index in keys})
        alone_first = sorted(
            enumerate(data["inputs"]),
            key=lambda item: (item[1]["encoder"]["kind"] == "shared", bool(item[1].get("reads"))),
        )
        for index, item in alone_first:
            self._input(index, item)
        for index, item in enumerate(data["merges"]):
            self._merge(index, item)
        for index, item in enumerate(data["heads"]):
            self._head(index, item)

    def _clear(self) -> None:
        """Remove parts until one input, no merge and one head are left."""
        for part, left in (("merges", 0), ("inputs", 1), ("merges", 0), ("heads", 1)):
            while len(self.draft[part]) > left:
                self.act(part, len(self.draft[part]) - 1, "Remove")

    def _lay_out(self, data: Data) -> None:
        for item in data["inputs"][1:]:
            if item.get("reads"):
                self._read_again([branch["name"] for branch in data["inputs"]].index(item["reads"]))
            else:
                self.pick("add.input", item["kind"])
        while self.draft["merges"]:
            self.act("merges", 0, "Remove")
        for _ in data["merges"]:
            self.press("add.merge")
        while len(self.draft["heads"]) > 1:
            self.act("heads", 1, "Remove")
        for item in data["heads"][1:]:
            self.pick("add.head", item["kind"])

    def _read_again(self, index: int) -> None:
        """Add a second branch to an input, and move it to the end of the list."""
        self.act("inputs", index, READ_AGAIN)
        for place in range(index + 1, len(self.draft["inputs"]) - 1):
            self.act("inputs", place, "Move down")

    def _fields(self, base: str, concept: Any, wanted: Data, skip: tuple[str, ...] = ()) -> None:
        self.put_all(
            {
                f"{base}.{field.name}": wanted.get(field.name, field.default)
                for field in settings(concept, skip)
            }
        )

    def _encoder(self, base: str, chosen: str, wanted: Data) -> None:
        self.put(chosen, wanted["kind"])
        self._fields(f"{base}.{wanted['kind']}", ENCODERS[wanted["kind"]], wanted)

    def _input(self, index: int, wanted: Data) -> None:
        key, kind = self.key("inputs", index), wanted["kind"]
        if not wanted.get("reads"):
            self.put(f"{key}.kind", kind)
            self._fields(f"{key}.{kind}", INPUTS[kind], wanted, ("name", "label", "reads"))
        self._encoder(key, f"{key}.encoder.kind", wanted["encoder"])

    def _merge(self, index: int, wanted: Data) -> None:
        key, kind = self.key("merges", index), wanted["kind"]
        self.put(f"{key}.kind", kind)
        if MERGES[kind].contract.roles:
            for number, source in enumerate(wanted["sources"]):
                self.put(f"{key}.{kind}.role.{number}", source)
        else:
            self.put(f"{key}.sources", wanted["sources"])
        self._fields(f"{key}.{kind}", MERGES[kind], wanted, ("name", "sources"))
        self._encoder(f"{key}.then", f"{key}.then.kind", wanted["then"])

    def _trunk(self, wanted: Data) -> None:
        self._fields("trunk", Trunk, wanted)

    def _head(self, index: int, wanted: Data) -> None:
        key, kind = self.key("heads", index), wanted["kind"]
        self.put(f"{key}.kind", kind)
        self.put(f"{key}.source", wanted["source"])
        self._fields(f"{key}.{kind}", HEADS[kind], wanted, ("name", "source"))
