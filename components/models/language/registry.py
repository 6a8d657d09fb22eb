"""Registries of the concepts in a package, one in each file, found without a list of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, Union, cast

from pydantic import BaseModel, ConfigDict, Field

from components.base.errors import SpecError, suggest


class Concept(BaseModel):
    """Frozen value with only a concept's parameters; its file holds everything else about it.

    A concrete concept has the class texts below. Its field `kind` is the name of its file, unless
    the class declares another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: ClassVar[str]
    """Name of the concept for people."""
    rank: ClassVar[int] = 100
    """Position in lists, lowest first."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Set the kind of a concept that has its own file, beside the file `base`.

        A class whose name starts with `_` is not a concept: the concepts of its file share it.
        """
        super().__init_subclass__(**options)
        package, _, file = cls.__module__.rpartition(".")
        beside = any(parent.__module__ == f"{package}.base" for parent in cls.__mro__)
        concrete = beside and _is_public(file) and not cls.__name__.startswith("_")
        if concrete and "kind" not in cls.__annotations__:
            cls.__annotations__ = {"kind": cast("Any", Literal)[file], **cls.__annotations__}
            cls.kind = file  # type: ignore[attr-defined]


C = TypeVar("C", bound=Concept)


class Registry(Generic[C]):
    """The concepts in the modules of one package, by kind, in order of `rank`, then name.

    Each module holds a concept, and each kind is used once.
    """

    def __init__(self, package: str, base: type[C], noun: str) -> None:
        self.package = package
        self.base = base
        self.noun = noun
        self._concepts = dict(_discover(importlib.import_module(package), base, noun))

    def __iter__(self) -> Iterator[str]:
        return iter(self._concepts)

    def __len__(self) -> int:
        return len(self._concepts)

    def __contains__(self, kind: object) -> bool:
        return kind in self._concepts

    def __getitem__(self, kind: str) -> type[C]:
        if kind not in self._concepts:
            raise SpecError(
                f"`{kind}` is no known {self.noun}.", kind, suggest(kind, self._concepts)
            )
        return self._concepts[kind]

    def items(self) -> list[tuple[str, type[C]]]:
        """Return the kinds with their classes."""
        return list(self._concepts.items())

    def union(self) -> Any:
        """Return one pydantic type for all concepts, which distinguishes them by `kind`."""
        members = tuple(self._concepts.values())
        if len(members) == 1:
            return members[0]
        return Annotated[Union[members], Field(discriminator="kind")]  # noqa: UP007


def kind_of(concept: type[Concept]) -> str:
    """Return the kind of a concept's class."""
    return str(concept.model_fields["kind"].default)


def _is_public(file: str) -> bool:
    """Return `True` if a file of a package holds a concept, by its name."""
    return file != "base" and not file.startswith("_")


def _discover(package: ModuleType, base: type[C], noun: str) -> Mapping[str, type[C]]:
    concepts_by_kind: dict[str, type[C]] = {}
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not _is_public(info.name.rpartition(".")[2]):
            continue
        concepts = [
            value
            for value in vars(importlib.import_module(info.name)).values()
            if isinstance(value, type)
            and issubclass(value, base)
            and value.__module__ == info.name
            and "kind" in value.model_fields
        ]
        assert concepts, f"{info.name} holds no {noun} with a `kind`"
        for concept in concepts:
            kind = kind_of(concept)
            other = concepts_by_kind.setdefault(kind, concept)
            assert other is concept, f"{kind} in {other.__module__} and {concept.__module__}"
    return dict(sorted(concepts_by_kind.items(), key=lambda item: (item[1].rank, item[0])))
