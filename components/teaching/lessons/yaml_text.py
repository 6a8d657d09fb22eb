"""Plain data as YAML text and back: only texts, numbers, true, false, null, lists and mappings.

Aliases are refused, because they can expand to more than memory holds. Dates, times and numbers of
other bases than ten are texts: a field that needs a number then names its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import yaml

from components.base.errors import LessonError

_TAG = "tag:yaml.org,2002:"
_SCALARS: Mapping[str, tuple[re.Pattern[str], Callable[[str], object]]] = {
    "null": (re.compile(r"(~|null|Null|NULL|)\Z"), lambda text: None),
    "bool": (re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), lambda text: text[0] in "tT"),
    "int": (re.compile(r"[-+]?[0-9]{1,15}\Z"), int),
    "float": (re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z"), float),
}
"""Patterns of values other than texts. An integer of more than 15 digits is a float."""


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return YAML that `read_yaml` reads back to equal data. Texts of several lines are blocks."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def read_yaml(text: str | bytes, what: str = "lesson") -> object:
    """Read plain data from a file.

    Raises `LessonError` for text that is not YAML, has aliases, or has a key twice.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LessonError(
            f"The {what}'s file is not YAML.", _problem(error), "Correct that line."
        ) from None


def _problem(error: Exception) -> str:
    """Describe the mistake and name its line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "text that is not YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    yaml_implicit_resolvers: ClassVar[dict[str | None, Any]] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        known = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in known:
                    problem = f"the key `{key.value}` stands here twice"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
                known.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_plain(self, node: Any) -> Any:
        """Return the value of a scalar, which must be written as its tag requires."""
        text, tag = self.construct_scalar(node), node.tag.removeprefix(_TAG)
        pattern, value = _SCALARS[tag]
        if not pattern.match(text):
            problem = f"`{text[:40]}` is not a value of the kind `{tag}`"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return value(text)


for _kind, (_pattern, _) in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _kind, _pattern, None)
    _Loader.add_constructor(_TAG + _kind, _Loader.construct_plain)
for _kind in ("str", "seq", "map"):
    _Loader.add_constructor(_TAG + _kind, yaml.SafeLoader.yaml_constructors[_TAG + _kind])
_Loader.add_constructor(None, yaml.SafeLoader.yaml_constructors[None])


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> Any:
        style = "|" if "\n" in text else None
        return self.represent_scalar(f"{_TAG}str", text, style=style)


_Dumper.add_implicit_resolver(f"{_TAG}float", _SCALARS["float"][0], None)  # 1e-05 is quoted.
_Dumper.add_representer(str, _Dumper.represent_text)
