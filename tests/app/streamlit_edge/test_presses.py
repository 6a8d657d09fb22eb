"""A press, which reaches its callback whatever the browser sends next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, StopException
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from components.app.streamlit_edge import presses

PRESS, SLIDER = "press", "slider"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the presses during a test."""
    for of, name in ((AppSession, "request_rerun"), (SafeSessionState, "on_script_will_rerun")):
        monkeypatch.setattr(of, name, getattr(of, name))
    presses.keep_presses()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[ScriptRunner]:
    """Return a runner whose thread has not started, with a press to handle."""
    script = tmp_path / "app.py"
    script.write_text("", encoding="utf-8")
    state = SafeSessionState(SessionState(), lambda: None)
    made = LocalScriptRunner(str(script), state, PagesManager(str(script)))
    made._requests.on_scriptrunner_ready()
    assert made.request_rerun(RerunData(widget_states=pressed(), fragment_id="part"))
    yield made
    made.join()


def pressed() -> WidgetStates:
    states = WidgetStates()
    states.widgets.add(id=PRESS, trigger_value=True)
    return states


def after_a_change(
    runner: ScriptRunner, monkeypatch: pytest.MonkeyPatch, part: str = ""
) -> set[str]:
    """Return the widgets in the message of a following change, as Streamlit receives them."""
    got: list[ClientState] = []
    monkeypatch.setattr(presses, "_request_rerun", lambda _, state: got.append(state))
    change = ClientState(fragment_id=part)
    change.widget_states.widgets.add(id=SLIDER, int_value=1)
    AppSession.request_rerun(SimpleNamespace(_scriptrunner=runner), change)  # type: ignore[arg-type]
    return {widget.id for widget in got[0].widget_states.widgets}


def test_a_press_that_waits_for_a_run_is_not_lost_with_it(
    runner: ScriptRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert after_a_change(runner, monkeypatch) == {PRESS, SLIDER}


def test_nor_is_one_whose_run_has_not_called_it_yet_which_then_never_does(
    runner: ScriptRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner._requests.on_scriptrunner_ready()
    assert after_a_change(runner, monkeypatch) == {PRESS, SLIDER}
    with pytest.raises(StopException):
        runner._session_state.on_script_will_rerun(pressed())


def test_a_press_is_called_once(runner: ScriptRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    runner._requests.on_scriptrunner_ready()
    runner._session_state.on_script_will_rerun(pressed())
    assert after_a_change(runner, monkeypatch) == {SLIDER}


def test_a_change_in_a_part_of_the_page_stops_nothing(
    runner: ScriptRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert after_a_change(runner, monkeypatch, part="part") == {SLIDER}
    runner._requests.on_scriptrunner_ready()
    runner._session_state.on_script_will_rerun(pressed())


def test_a_callback_is_not_stopped_midway() -> None:
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        def act() -> None:
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            context.script_requests.request_stop()  # as a change that follows does
            st.session_state["acted"] += 1

        st.button("Act", key="act", on_click=act)

    page = AppTest.from_function(script)
    page.session_state["acted"] = 0
    page.run()
    page.button(key="act").click().run()
    assert page.session_state["acted"] == 1
