from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from components.base.errors import SpecError
from components.base.paths import ROOT
from components.experiments.inspection.measures import MEASURES
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.registry import Concept, Registry, kind_of
from components.models.merges import MERGES
from sample_data.relations import RELATIONS
from sample_data.renderers import RENDERERS

REGISTRIES: list[Registry[Any]] = [INPUTS, ENCODERS, MERGES, HEADS, RELATIONS, RENDERERS]
PLUGIN = """
from typing import Literal
from components.models.language.registry import Concept

class {name}(Concept):
    title = "{name}"
    kind: Literal["{kind}"] = "{kind}"
"""

each_registry = pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.noun)


@each_registry
def test_every_public_module_holds_a_concept(registry: Registry[Any]) -> None:
    folder = ROOT / registry.package.replace(".", "/")
    stems = {path.stem for path in folder.glob("*.py")}
    modules = {stem for stem in stems if stem != "base" and not stem.startswith("_")}
    assert modules
    ranked = [(concept.rank, kind) for kind, concept in registry.items()]
    assert ranked == sorted(ranked)
    assert modules == {concept.__module__.rpartition(".")[2] for _, concept in registry.items()}


@each_registry
def test_concepts_say_what_they_are(registry: Registry[Any]) -> None:
    for kind, concept in registry.items():
        assert kind_of(concept) == kind
        assert concept.model_fields["kind"].annotation == cast("Any", Literal)[kind]
        assert concept.title[0].isupper(), kind
        assert (concept.__doc__ or "").strip().partition("\n")[0].endswith("."), kind


def test_a_private_class_is_no_concept_of_its_file() -> None:
    file = "components.experiments.inspection.measures.interaction"
    kinds = {kind for kind, measure in MEASURES.items() if measure.__module__ == file}
    assert kinds == {"logit_interaction", "probability_interaction", "value_interaction"}


def test_an_unknown_kind_suggests_the_near_one_or_all() -> None:
    with pytest.raises(SpecError, match=r"Did you mean `concatenate`\?") as caught:
        MERGES["concatenatex"]
    assert "no known merge" in caught.value.rule
    with pytest.raises(SpecError, match="Choose one of `concatenate`"):
        MERGES["zzzz"]


Package = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Return a function that writes modules into a new package and returns the package's name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**modules: str) -> str:
        name = f"plugins_{tmp_path.name}"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        for module, text in modules.items():
            (folder / f"{module}.py").write_text(text)
        importlib.invalidate_caches()
        return name

    return make


def test_modules_of_any_name_are_found(package: Package) -> None:
    name = package(
        one=PLUGIN.format(name="One", kind="one"),
        two=PLUGIN.format(name="Two", kind="two"),
        base="",
        _private="",
    )
    assert list(Registry(name, Concept, "plugin")) == ["one", "two"]


SAME = PLUGIN.format(name="Same", kind="same")


@pytest.mark.parametrize(
    ("modules", "fault"),
    [
        ({"first": SAME, "second": SAME}, r"same in \w+\.first and \w+\.second"),
        (
            {"empty": "from components.models.merges.add import Add\n"},
            r"\w+\.empty holds no plugin",
        ),
    ],
)
def test_a_fault_of_a_module_is_named(
    package: Package, modules: dict[str, str], fault: str
) -> None:
    with pytest.raises(AssertionError, match=fault):
        Registry(package(**modules), Concept, "plugin")


USE_IT = """
from components.models.architecture.builder import build
from components.models.drawing import diagram
from components.models.architecture.architecture import parse

inputs = [{"name": name, "kind": "vector", "features": 3} for name in "ab"]
merge = {"name": "fusion", "kind": "half_sum", "sources": ["a", "b"]}
heads = [{"name": "y", "kind": "binary", "source": "fusion"}]
made = build(parse({"inputs": inputs, "merges": [merge], "heads": heads}))
assert made.model.count_params() == 4
assert [node.id for node in made.graph.members("fusion")] == ["fusion_sum", "fusion_multiply"]
assert "Half sum" in diagram.dot(made.graph)
print("half_sum built")
"""


@pytest.mark.matrix
def test_the_merge_of_the_documentation_is_one_new_file(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "components", tmp_path / "components", ignore=ignored)
    text = (ROOT / "docs" / "add_a_strategy.md").read_text(encoding="utf-8")
    written, _reference = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "components" / "models" / "merges" / "half_sum.py").write_text(written)
    done = subprocess.run(
        [sys.executable, "-c", USE_IT], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "half_sum built", done.stderr[-2000:]
