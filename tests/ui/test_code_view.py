"""The code beside the picture: what is marked as changed."""

from __future__ import annotations

from components.ui.build.code_view import _difference, _status, marked


def test_lines_are_marked_by_what_became_of_them() -> None:
    before = ["a", "b", "c", "d"]
    assert marked(before, before) == {}
    assert marked(before, ["a", "x", "c", "d"]) == {2: "changed"}
    assert marked(before, ["a", "b", "x", "y", "c", "d"]) == {3: "added", 4: "added"}
    assert marked(before, ["a", "d"]) == {2: "cut"}
    assert marked(before, ["a", "b", "c"]) == {3: "cut"}
    assert _status({}) == ""
    assert _status({3: "cut"}) == "1 line changed"


def test_the_difference_names_no_files() -> None:
    assert list(_difference("a\nb\n", "a\nc\n")) == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert list(_difference("a\n", "a\n")) == []
