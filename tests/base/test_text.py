from __future__ import annotations

import csv
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from components.base.errors import MOST_SHOWN, SpecError, suggest
from components.base.markup import escape_markdown, message_markdown, to_csv
from components.base.text import (
    byte_size,
    duration,
    free_name,
    join_names,
    one_line,
    ordinal,
    plural,
    quoted,
    shape_text,
    short_number,
    size_text,
)


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        ("", None, ""), ("a", None, "a"), ("ab", None, "a and b"), ("abc", None, "a, b and c"),
        ("abc", 2, "a, b and c"), ("abcd", 2, "a, b and 2 more"), ("abcd", 1, "a and 3 more")
    ]
)  # fmt: skip
def test_names_are_joined(names: str, most: int | None, text: str) -> None:
    assert join_names(list(names), most) == text


def test_quotes_places_counts_and_shapes_in_words() -> None:
    assert quoted(["a", "b"]) == "`a` and `b`"
    assert [ordinal(number) for number in (1, 3, 4)] == ["first", "third", "number 4"]
    assert [plural(number, "part") for number in (0, 1, 1200)] == [
        "0 parts",
        "1 part",
        "1,200 parts",
    ]
    assert plural(3, "branch", "branches") == "3 branches"
    assert shape_text((4,)) == "(4,)"
    assert shape_text((None, 4)) == "(any, 4)"
    assert size_text((None, 4)) == "any × 4"


@pytest.mark.parametrize(
    ("function", "texts"),
    [
        (short_number, {
            0: "0", 999: "999", 1000: "1.00 K", 4_071_297: "4.07 M", 12_345: "12.3 K",
            123_456: "123 K", 2_000_000_000: "2.00 G", 3e12: "3.00 T", 5e15: "5.00 P",
            7e18: "7000 P", 999_999: "1.00 M", 9_999: "10.0 K",
        }),
        (byte_size, {
            0: "0 B", 999: "999 B", 16_285_188: "16.3 MB", 1024: "1.02 KB", 50_000_000: "50 MB",
            1_000_000_000: "1 GB", 2 * 10**18: "2000 PB",
        }),
        (duration, {
            0.0135: "14 ms", 0.99949: "999 ms", 0.9999: "1.0 s", 4.21: "4.2 s", 9.97: "10 s",
            45.2: "45 s", 119.6: "2 min", 7169: "119 min", 9000: "2.5 h",
        }),
        (one_line, {
            "a\x01b\x7f": "ab", "  two\n\tlines ": "two lines", "\ud800 \ufffe": "",
            "\u202eright to left\u2069": "right to left", "Łódź 👩‍🔬 = x²": "Łódź 👩‍🔬 = x²",
        }),
    ],
)  # fmt: skip
def test_values_are_written_for_people(
    function: Callable[[Any], str], texts: dict[Any, str]
) -> None:
    assert {value: function(value) for value in texts} == texts


def test_free_name() -> None:
    assert free_name("a", {"b"}) == "a"
    assert free_name("a", {"a", "a_2"}) == "a_3"
    assert free_name("a", {"a"}, separator="-") == "a-2"
    assert free_name("abcdef", {"abcdef"}, longest=4) == "abcd_2"


def test_a_fix_where_nothing_is_known() -> None:
    assert suggest("zz", []) == "There is none to choose from."


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


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("![x](data:x.png)", r"!\[x\](data\:x.png)"),
        (
            "http://a.b WWW.a.b c@a.b",
            "http\N{WORD JOINER}\\://a.b WWW\N{WORD JOINER}.a.b c\N{WORD JOINER}@a.b",
        ),
        ("<img src=x>", r"\<img src=x\>"),
        (":red[x] :smile: $x$", r"\:red\[x\] \:smile: \$x\$"),
        ("**b** _i_ ~~s~~ `c`", r"\*\*b\*\* \_i\_ \~\~s\~\~ \`c\`"),
        ("# title\n- item", r"\# title - item"),
        ("- item", r"\- item"),
        ("a|b & c", r"a\|b \& c"),
    ],
)
def test_markdown_is_shown_as_it_is(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


def test_sentences_stay_readable_and_a_message_keeps_its_code() -> None:
    text = "FUSION_BUILDERS can only be so: 1 or more (a_b). It can't be 1.5."
    assert escape_markdown(text) == text
    message = "A rule: `a*b_` and *this*. Received `[x](y)`. Stray ` end *."
    shown = r"A rule: `a*b_` and \*this\*. Received `[x](y)`. Stray \` end \*."
    assert message_markdown(message) == shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "-1+", *"＝＋－＠"])
def test_a_spreadsheet_computes_no_cell(start: str) -> None:
    cell = f"{start}cmd|' /C calc'!A0"
    ((written, number, text),) = csv.reader(io.StringIO(to_csv([[cell, -1.5, "-2e-3"]])))
    assert written == f"'{cell}"
    assert (number, text) == ("-1.5", "-2e-3")
