"""The app in Streamlit's test runner: state and widgets, without a browser."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from components.app.parts.editor import fixes
from components.app.parts.frame import draft_tab, engine, page_frame
from components.base.workers.needs_keras import Task
from components.experiments.queue import run_service
from tests.app.pages.desk import Desk, with_model
from tests.experiments.queue.fake_runner import FakeServer
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session", autouse=True)
def quick_pages() -> Iterator[None]:
    """Skip slow work that a page without a browser doesn't need.

    Streamlit searches all installed packages for components, for each app under test; it resets
    Keras after each run, which a server refuses to import, but the process of the tests has; a page
    gives the browser time to fetch drawn content; and it is shown before fixes are found. The
    runner knows a page only by its last run, so each run draws all of it. The patches are set
    before the first script runs, and removed after the last one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            BidiComponentManager, "discover_and_register_components", lambda *_, **__: None
        )
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        patch.setattr(engine, "refuse_keras", lambda: None)
        patch.setattr(page_frame, "SEND_SECONDS", 0)
        patch.setattr(page_frame, "redraw", lambda *_: None)
        patch.setattr(fixes, "WAIT_SECONDS", PATIENCE_SECONDS)
        yield


class BuildsHere:
    """Replacement for build workers, which runs tasks in this process, where Keras is imported."""

    size = 1

    def __init__(self, host: object) -> None:
        """Accept the argument of the engine's pool; no host is needed."""

    def warm_up(self) -> None:
        """Do nothing, because nothing has to start."""

    def run(self, task: Task) -> Any:
        function = getattr(importlib.import_module(task.module), task.function)
        return inspect.unwrap(function)(*task.args, **task.named)


@pytest.fixture(scope="module")
def keras_is_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Allow models to be built, and queue runs in a separate database, where they wait."""
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
    """Open the Build page with the default preset."""
    return with_model().run()


@pytest.fixture
def desk(app: AppTest) -> Desk:
    """Open the Build page with the default preset, controlled by its widgets."""
    return Desk(app)
