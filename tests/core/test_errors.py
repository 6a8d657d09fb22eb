"""Messages survive whatever came in."""

from __future__ import annotations

import pickle

import pytest

from components.core.errors import MOST_SHOWN, SpecError


class _Shy:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("a\n b`c\x07", "a b'c\N{REPLACEMENT CHARACTER}"),
        (10**5000, "int that can't be shown"),
        ([10**5000], "list that can't be shown"),
        (_Shy(), "_Shy that can't be shown"),
        ("x" * 9999, "x" * (MOST_SHOWN - 1) + "…"),
    ],
    ids=["odd letters", "huge number", "within a list", "no text", "long"],
)
def test_any_object_can_be_received(received: object, shown: str) -> None:
    assert SpecError("A rule.", received, "A fix.").received == shown


def test_each_part_of_a_message_is_cut() -> None:
    long = "`name` " * 9999
    error = SpecError(long, long, long)
    assert all(len(part) == MOST_SHOWN for part in (error.rule, error.received, error.fix))
    assert error.rule.startswith("`name` `name`")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == str(error.at("inputs"))
