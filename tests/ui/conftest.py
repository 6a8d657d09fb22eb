"""The app as Streamlit's own test runner runs it: state and widgets, without a browser."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from components.core.needs_keras import Task
from components.runs import run_service
from components.ui.editor import fixes
from components.ui.frame import draft_tab, engine, page_frame
from tests.runs.fake_runner import FakeServer
from tests.ui.desk import Desk, with_model
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session", autouse=True)
def quick_pages() -> Iterator[None]:
    """A page starts without what costs time and is of no use to a page without a browser.

    Streamlit looks through all installed packages for components, anew for each app under test; it
    resets Keras after each run, which a server has not imported but the process of the tests has;
    a page gives the browser time to fetch what is drawn; and it is shown before fixes are found.
    The runner knows no page but what its last run has drawn, so all of it is drawn each time.
    All this is set before the first script runs, and put back after the last one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            BidiComponentManager, "discover_and_register_components", lambda *_, **__: None
        )
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        patch.setattr(page_frame, "SEND_SECONDS", 0)
        patch.setattr(page_frame, "redraw", lambda *_: None)
        patch.setattr(fixes, "WAIT_SECONDS", PATIENCE_SECONDS)
        yield


class BuildsHere:
    """Stands for build workers: what needs Keras runs in this process, which has imported it."""

    size = 1

    def __init__(self, host: object) -> None:
        """A pool as the engine makes it; it needs no host."""

    def warm_up(self) -> None:
        """Nothing to start."""

    def run(self, task: Task) -> Any:
        function = getattr(importlib.import_module(task.module), task.function)
        return inspect.unwrap(function)(*task.args, **task.named)


@pytest.fixture(scope="module")
def keras_is_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Models can be built; runs go to a database of their own, where they wait."""
    database = tmp_path_factory.mktemp("store") / "runs.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSION_DATABASE_URL", f"sqlite:///{database}")
        patch.setattr(engine, "BuildPool", BuildsHere)
        patch.setenv("FUSION_PACE", "100")
        assert engine.engine().wait(PATIENCE_SECONDS)
        run_service.use(FakeServer(slots=0).service)
        yield
        draft_tab.close()
        run_service.shutdown()


@pytest.fixture
def app(keras_is_in: None) -> AppTest:
    """The Build page with the default preset."""
    return with_model().run()


@pytest.fixture
def desk(app: AppTest) -> Desk:
    """The same, driven by its widgets."""
    return Desk(app)
