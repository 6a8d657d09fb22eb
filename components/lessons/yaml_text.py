"""Plain data as YAML text and back, without aliases: they can stand for more than memory holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from components.core.errors import LessonError


def yaml_text(data: Mapping[str, Any]) -> str:
    """YAML that `read_yaml` reads back to equal data. Texts of several lines are blocks."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def read_yaml(text: str | bytes) -> object:
    """Plain data. Raises `LessonError` where the text is no YAML, has aliases, or a key twice."""
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LessonError(
            "A lesson's file must be YAML.", _problem(error), "Correct that line."
        ) from None


def _problem(error: Exception) -> str:
    """What is wrong, and in which line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "text that is not YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                problem = f"the key `{key.value}` stands here twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


_FLOAT = re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")
# JSON writes 1e-05, which YAML 1.1 takes for text.
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> Any:
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
