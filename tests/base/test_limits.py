from __future__ import annotations

import re

import pytest

from components.base.errors import RunError
from components.base.limits import LIMITS, MODELS_BYTES, OwnerLimit
from components.base.paths import ROOT
from tests.house import sources

DOCUMENTED = ("deployment.md", "limits.md")


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.variable)
def test_a_limit_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, limit: OwnerLimit
) -> None:
    monkeypatch.delenv(limit.variable, raising=False)
    assert limit.value(7) == (7 if limit.default is None else limit.default)
    monkeypatch.setenv(limit.variable, "12345678")
    assert limit.value(7) == 12_345_678
    for wrong in ("-1", "ten", "1.5", "", "²", "٣", "1_0", " 7", "9" * 5000):
        monkeypatch.setenv(limit.variable, wrong)
        with pytest.raises(RunError, match=f"{limit.variable} can only be a whole number of"):
            limit.value(7)


def test_zero_is_a_number_where_it_turns_a_limit_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSION_MODELS_BYTES", "0")
    assert MODELS_BYTES.value() == 0


def test_each_setting_stands_in_the_documentation() -> None:
    texts = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in DOCUMENTED]
    used = {
        name
        for path in sources()
        for name in re.findall(r'"((?:FUSION|DASK)_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    settings = {name for name in used if not name.startswith("FUSION_TEST_")}
    assert {name for name in settings if f"`{name}`" not in "".join(texts)} == set()
