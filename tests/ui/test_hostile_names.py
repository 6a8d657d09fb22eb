"""Names from a person's own file are shown as they are: nothing is loaded from elsewhere."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from components.ui.data.own_file import mapped
from tests.ui.desk import editor
from tests.ui.test_train_page import send, source, state_of, train

__all__ = ["train"]
EVIL = "![x](http://evil.example/x.png) <img src=//evil.example/y.png>"
MARKDOWN = ("markdown", "caption", "button", "error", "info", "warning", "expander", "popover")


def arrays() -> bytes:
    file = io.BytesIO()
    columns: dict[str, Any] = {EVIL: np.arange(60.0), "other": np.arange(60.0) % 7}
    np.savez(file, y=np.arange(60) % 2, **columns)
    return file.getvalue()


def markdown(app: AppTest) -> list[str]:
    """All texts of the page that the browser reads as Markdown."""
    texts = [
        getattr(part, "label", "") for kind in ("toggle", "multiselect") for part in app.get(kind)
    ]
    for kind in MARKDOWN:
        texts += [
            getattr(part, "value", "") or getattr(part, "label", "") for part in app.get(kind)
        ]
    return [str(text) for text in texts]


def test_a_column_or_a_file_loads_no_picture(train: AppTest) -> None:
    source(train, "own")
    send(train, f"{EVIL.replace('/', ':')}.npz", arrays())
    train.button(key="open_fitting").click().run()
    file = state_of(train).own
    assert file is not None
    mapping = file.mapped(editor(train).valid)
    (name,) = mapping.inputs
    shown = 0
    for chosen in ([], ["other"], [EVIL, "other"]):
        file.mapping = mapped(mapping, dict.fromkeys(chosen, name), ())
        train.run()
        assert not train.exception
        texts = markdown(train)
        shown += sum(r"!\[x\]" in text for text in texts)
        assert not [text for text in texts if "![x](" in re.sub("`[^`]*`", "", text)]
        assert not [part for part in train.get("html") if "<img src=//" in str(part.proto.body)]
    assert shown
