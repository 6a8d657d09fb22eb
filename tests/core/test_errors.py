"""Messages survive whatever came in."""

from __future__ import annotations

import pickle

from components.core.errors import MOST_SHOWN, SpecError


def test_what_was_received_is_one_line_without_odd_letters() -> None:
    error = SpecError("A rule.", "a\n b`c\x07", "A fix.")
    assert error.received == "a b'c\N{REPLACEMENT CHARACTER}"


def test_each_part_of_a_message_is_cut() -> None:
    long = "`name` " * 9999
    error = SpecError(long, long, long)
    assert all(len(part) == MOST_SHOWN for part in (error.rule, error.received, error.fix))
    assert error.rule.startswith("`name` `name`")
    assert error.received.endswith("…")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == str(error.at("inputs"))
