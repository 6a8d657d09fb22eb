"""The parts of pages, tested as quickly as the pages."""

from __future__ import annotations

from tests.app.pages.conftest import app, desk, keras_is_in, quick_pages

__all__ = ["app", "desk", "keras_is_in", "quick_pages"]
