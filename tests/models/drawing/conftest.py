from __future__ import annotations

import pytest

from components.models.architecture.builder import Blueprint, build
from sample_data.content import presets


@pytest.fixture(scope="package")
def relevance() -> Blueprint:
    return build(presets.load("image_text_relevance"))
