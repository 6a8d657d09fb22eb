"""Python calls and literals as text, with the line breaks of `ruff format`."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.base.text import free_name

WIDTH = 88
"""Maximum length of a line, the default of ruff and black."""
LONGEST_NAME = 48
"""Maximum length of a variable, so that `name = layers.GlobalAveragePooling1D(` fits on a line."""
_INDENT = 4
_MISREAD = {"l", "O", "I"}
"""Names that linters reject because they look like digits."""


@dataclass(frozen=True)
class CallText:
    """Call with its function, positional and named arguments."""

    function: Expression
    args: tuple[Expression, ...] = ()
    named: Mapping[str, Expression] | None = None


@dataclass(frozen=True)
class Brackets:
    """List, tuple or dict of expressions; a dict also has keys."""

    brackets: str
    entries: tuple[Expression, ...]
    keys: tuple[str, ...] = ()


Expression = str | CallText | Brackets
"""Expression; a text of any length is written unchanged."""


def dictionary(entries: Mapping[str, Expression]) -> Brackets:
    """Return a dict with texts as keys."""
    return Brackets("{}", tuple(entries.values()), tuple(literal(key) for key in entries))


def literal(value: Any) -> str:
    """Format a text, number, truth value or `None` as a person does: `"relu"`, `1e-9`, `-1e9`."""
    if isinstance(value, str):
        inner = repr(value)[1:-1]
        return f'"{inner}"' if '"' not in inner and "\\" not in inner else repr(value)
    if isinstance(value, float):
        short = f"{value:g}".replace("e+0", "e").replace("e+", "e")
        return short if "e" in short and float(short) == value else repr(value)
    return repr(value)


def assignment(name: str, value: Expression) -> list[str]:
    """Return the lines of `name = value`."""
    return _lines(f"{name} = ", value, "", 0)


def expression_lines(value: Expression) -> list[str]:
    """Return the lines of an expression that is a statement."""
    return _lines("", value, "", 0)


def flat(value: Expression) -> str:
    """Format an expression on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, CallText):
        return f"{flat(value.function)}({', '.join(_flat_arguments(value))})"
    opening, closing = tuple(value.brackets)
    inner = ", ".join(head + flat(entry) for head, entry in _entries(value))
    alone = "," if value.brackets == "()" and len(value.entries) == 1 else ""
    return f"{opening}{inner}{alone}{closing}"


def _lines(head: str, value: Expression, tail: str, indent: int) -> list[str]:
    """Return the lines of an expression between `head` and `tail`, broken if it is too long."""
    whole = f"{' ' * indent}{head}{flat(value)}{tail}"
    if len(whole) <= WIDTH or isinstance(value, str):
        return [whole]
    if isinstance(value, Brackets):
        opening, closing = tuple(value.brackets)
        return _bracketed(f"{head}{opening}", _entries(value), f"{closing}{tail}", indent)
    if isinstance(value.function, CallText):
        called = f"{head}{flat(value.function)}("
        if len(called) + indent <= WIDTH and _arguments(value):
            return _hugged(called, value, tail, indent)
        rest = f"({', '.join(_flat_arguments(value))}){tail}"
        if indent + len(f"){rest}") <= WIDTH:
            return _lines(head, value.function, rest, indent)
        *broken, last = _lines(head, value.function, "(", indent)
        return [*broken, *_hugged(last.lstrip(), value, tail, indent)]
    if not _arguments(value):
        return [whole]
    called = f"{head}{flat(value.function)}("
    if head.endswith(" = ") and indent + len(called) > WIDTH:
        inside = _lines("", value, "", indent + _INDENT)
        return [f"{' ' * indent}{head}(", *inside, f"{' ' * indent}){tail}"]
    return _hugged(called, value, tail, indent)


def _hugged(head: str, call: CallText, tail: str, indent: int) -> list[str]:
    """Return the lines of a broken call: all arguments on one line, or else one per line."""
    inside = ", ".join(_flat_arguments(call))
    if indent + _INDENT + len(inside) <= WIDTH:
        pad = " " * indent
        return [f"{pad}{head}", f"{pad}{' ' * _INDENT}{inside}", f"{pad}){tail}"]
    return _bracketed(head, _arguments(call), f"){tail}", indent)


def _bracketed(
    head: str, entries: Iterable[tuple[str, Expression]], tail: str, indent: int
) -> list[str]:
    inner = [line for name, entry in entries for line in _lines(name, entry, ",", indent + _INDENT)]
    return [f"{' ' * indent}{head}", *inner, f"{' ' * indent}{tail}"]


def _arguments(call: CallText) -> list[tuple[str, Expression]]:
    named = call.named or {}
    return [*(("", arg) for arg in call.args), *((f"{key}=", v) for key, v in named.items())]


def _flat_arguments(call: CallText) -> list[str]:
    return [head + flat(value) for head, value in _arguments(call)]


def _entries(listed: Brackets) -> Iterator[tuple[str, Expression]]:
    heads = [f"{key}: " for key in listed.keys] or [""] * len(listed.entries)
    return zip(heads, listed.entries, strict=True)


def variables(wanted: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """Return a variable for each key: the wanted name, unless Python or the script uses it.

    Long names are shortened; all names differ.
    """
    used = {*taken, *_MISREAD, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    names: dict[str, str] = {}
    for key, name in wanted.items():
        stem = name[: LONGEST_NAME - 4].rstrip("_") if len(name) > LONGEST_NAME else name
        free = free_name(f"{stem}_", used, separator="") if stem in used else stem
        used.add(free)
        names[key] = free
    return names
