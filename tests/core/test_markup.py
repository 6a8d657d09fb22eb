from __future__ import annotations

import csv
import io

import pytest

from components.core.markup import escape_markdown, message_markdown, to_csv


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
