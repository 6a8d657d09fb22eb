"""The app as Streamlit's own test runner runs it: state and widgets, without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.core.paths import ROOT
from components.training.service import service
from components.ui.kit import engine
from tests.ui.desk import Desk


@pytest.fixture(scope="module")
def keras_is_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keras is in, and runs go to a database of their own."""
    database = tmp_path_factory.mktemp("store") / "runs.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSION_DATABASE_URL", f"sqlite:///{database}")
        ready = engine.engine()
        ready.start()
        assert ready.wait(60)
        yield
        service().shutdown()


@pytest.fixture
def app(keras_is_in: None) -> AppTest:
    """The Build page with the default preset."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()


@pytest.fixture
def desk(app: AppTest) -> Desk:
    """The same, driven by its widgets."""
    return Desk(app)
