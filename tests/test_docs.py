"""The documents: commands and links work, sentences are short, generated pages are current.

`make check` runs these tests, `make test` does not.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
import yaml

import run
from components.__main__ import COMMAND_LINE
from components.app.parts.editor import draft_content
from components.base import limits
from components.base.paths import ROOT, version
from components.base.text import spelled
from components.base.versions import LESSON, PLAN
from components.experiments.inspection import measuring, xray
from components.experiments.inspection.basis.coalitions import EXACT_INPUTS
from components.experiments.inspection.head_charts import MOST_BARS
from components.experiments.inspection.linear_reader import FOLDS, PENALTY
from components.experiments.queue import uploads
from components.experiments.races import quick
from components.experiments.races.entries import FIRST
from components.experiments.races.statistics import (
    FIRST_LEVEL,
    FIRST_SEEDS,
    LEVEL,
    POWER,
    SEEDS,
    VERDICT_SEEDS,
)
from components.experiments.races.widths import TOLERANCE
from components.experiments.training.limits import MEMORY_SHARE, QueueLimits
from components.models.drawing.options import LEVELS, MOST_LAYERS
from components.models.drawing.palette import THEMES
from components.models.drawing.paper import SMALLEST_LETTERS
from components.models.imported import built
from components.models.imported.handed_over import MOST_KEPT
from components.models.merges import MERGES
from components.teaching.lessons import library
from components.teaching.lessons.lesson import MOST_STEPS
from components.teaching.people import draft_store
from components.teaching.people.lesson_store import AWAY_SECONDS, STUCK_TRIES
from components.teaching.rooms import roles
from components.teaching.rooms.codes import CODE_LENGTH, LONGEST_NICKNAME
from components.teaching.rooms.content import MOST_ITEMS, MOST_LESSONS, MOST_VOTES
from components.teaching.rooms.plan import LONGEST_CHOICE, LONGEST_QUESTION, shipped_plans
from components.teaching.rooms.store import (
    EMPTY_SECONDS,
    MOST_LEARNERS,
    MOST_ROOMS,
    MOST_ROOMS_SENDER,
)
from fusion_playground.opening import FIRST_PORT
from sample_data.collections import COLLECTIONS
from sample_data.content import presets
from sample_data.relations import RELATIONS
from tests import reference_pages

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs", "sample_data")
PHONY = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
TARGETS = {target for line in PHONY for target in line.split()}
PROGRAMS = ("python", "make", "streamlit", "dask")
LONGEST = 35
"""Maximum number of words in a sentence."""
GLOSSARY = ROOT / "docs/glossary.md"
LLMS = ROOT / "docs/llms.txt"
"""List of pages for language models, in the form of llmstxt.org."""
LABEL = r"(?<!\*)\*[^*\n]+\*(?!\*)"
"""Pattern of a control's name in a page."""
PRIVATE = (
    "additive model",
    "atlas",
    "Bayes optimum",
    "ceiling",
    "class race",
    "class room",
    "cooperation",
    "design record",
    "EMAP gap",
    "encoder",
    "fit policy",
    "linear reader",
    "merge",
    "projector mode",
    "race",
    "relation",
    "Shapley share",
    "strategy",
    "trunk",
    "X-ray",
)
"""Words of the glossary that readers can't know or may misunderstand."""


def documents() -> Iterator[Path]:
    for name in DOCUMENTS:
        yield from sorted((ROOT / name).rglob("*.md")) or [ROOT / name]


def pages() -> Iterator[Path]:
    """Yield the README and the handwritten pages of the site."""
    yield ROOT / "README.md"
    written = sorted(reference_pages.DOCS.glob("*.md"))
    yield from (path for path in written if path.stem not in reference_pages.PAGES)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each line in a shell block and of each command in a sentence.

    The first word is the name of the program, without its folder and without preceding words.
    """
    block = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    sentences = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in [*block.splitlines(), *re.findall(r"`([^`\n]+)`", sentences)]:
        if re.search(rf"(^|/| )({'|'.join(PROGRAMS)}) \S", line):
            words = shlex.split(re.sub(r"[\[\]…]", "", line), comments=True)
            program = next(i for i, word in enumerate(words) if Path(word).name in PROGRAMS)
            yield [Path(words[program]).name, *words[program + 1 :]]


def check(words: list[str]) -> None:
    """Check a command of a document. Raises `AssertionError` or `click.UsageError`."""
    match words:
        case ["make", *targets]:
            assert {target for target in targets if "=" not in target} <= TARGETS
        case ["python", "-m", "components", *rest]:
            parse(rest, COMMAND_LINE)
        case ["python", "-m", "benchmarks", *names]:
            named = [name for name in names if not name.isdigit()]
            assert all((ROOT / f"benchmarks/bench_{name}.py").exists() for name in named)
        case ["python", "-m", module, *_]:
            assert find_spec(module)
        case ["python", "-c", code]:
            compile(code, "a command", "exec")
        case ["python", file, *_] | [_, "run", file, *_]:
            assert (ROOT / file).exists()


def parse(words: list[str], command: click.Command) -> None:
    """Parse the words of a command. Raises `click.UsageError` or `AssertionError`."""
    context = click.Context(command, help_option_names=["-h", "--help"])
    if not isinstance(command, click.Group):
        _, left, _ = command.make_parser(context).parse_args(words)
        assert not left
    elif words not in ([], ["--help"]):
        _, inner, rest = command.resolve_command(context, words)
        assert inner is not None
        parse(rest, inner)


@pytest.mark.parametrize("path", [*documents()], ids=lambda path: path.name)
def test_every_command_of_a_document_can_be_parsed(path: Path) -> None:
    for words in commands(path.read_text(encoding="utf-8")):
        try:
            check(words)
        except (AssertionError, click.UsageError) as error:
            pytest.fail(f"`{' '.join(words)}`: {error}")


def test_the_documents_have_commands_and_a_wrong_one_is_found() -> None:
    found = [words for path in documents() for words in commands(path.read_text("utf-8"))]
    assert len(found) > 50
    for wrong in (
        "make nothing",
        "A=b .venv/bin/python -m components train --nothing",
        "python nothing.py",
    ):
        (words,) = commands(f"`{wrong}`")
        with pytest.raises((AssertionError, click.UsageError)):
            check(words)


def links(text: str) -> Iterator[str]:
    """Yield the targets of links and pictures, except web addresses."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", prose)
    yield from (one or two for one, two in targets if "://" not in one + two)


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document: explicit ones, and those that hosts make from its
    headings.
    """
    text = path.read_text(encoding="utf-8")
    words = (
        re.sub(r"[^\w\s-]", "", h.lower()) for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    )
    return {re.sub(r"\s", "-", word.strip()) for word in words} | set(
        re.findall(r'id="([^"]+)"', text)
    )


def broken(path: Path) -> list[str]:
    """Return the broken links of a document, and links of the site to files outside of it."""
    found = []
    for link in links(path.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        outside = path.parent == reference_pages.DOCS and target.parent != path.parent
        if outside and reference_pages.DOCS not in target.parents:
            found.append(f"{link}: not a part of the site")
        elif not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", [*documents(), LLMS], ids=lambda path: path.name)
def test_links_of_a_document_lead_somewhere(path: Path) -> None:
    assert broken(path) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# A page\n\n[a](none.md) ![b](none.png) [c](#a-page) [d](#none) `[e](f.md)`\n")
    assert broken(path) == ["none.md", "none.png", "#none"]


def test_each_page_is_listed_in_the_contents_of_the_site() -> None:
    contents = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    listed = re.findall(r'"([a-z_]+\.md)"', contents)
    assert sorted(listed) == sorted(path.name for path in reference_pages.DOCS.glob("*.md"))


def for_users() -> Iterator[Path]:
    """Yield the handwritten pages that are not only for developers."""
    yield from (path for path in pages() if path.name not in ("architecture.md", "measured.md"))


def explained() -> dict[str, set[str]]:
    """Return the words of the glossary, each with the pages that its row links to."""
    text = GLOSSARY.read_text(encoding="utf-8")
    rows = re.findall(r"^\| <a [^>]*></a>([^|(]+?) \|(.*)$", text, re.MULTILINE)
    return {word: set(re.findall(r"\((\w+\.md)", row)) for word, row in rows}


def unlinked(text: str, words: Iterable[str]) -> list[str]:
    """Return the words whose first occurrence in the text is not in a link."""
    prose = re.sub(
        r"```.*?```|^#[^\n]*|<[^>]*>|`[^`]*`|" + LABEL, "", text, flags=re.DOTALL | re.MULTILINE
    )
    prose = re.sub(r"\]\([^)]*\)", "](", prose)
    found = []
    for word in words:
        first = re.search(rf"(?<![\w-]){word.removesuffix('y')}", prose)
        if first and not any(
            link.start() < first.start() < link.end()
            for link in re.finditer(r"\[[^\]]*\]\(", prose)
        ):
            found.append(word)
    return found


@pytest.mark.parametrize("path", [*for_users()], ids=lambda path: path.name)
def test_a_page_links_a_private_word_where_it_comes_first(path: Path) -> None:
    words = [word for word in PRIVATE if path.name not in explained()[word] | {GLOSSARY.name}]
    assert unlinked(path.read_text(encoding="utf-8"), words) == []


def test_a_word_without_a_link_is_found() -> None:
    text = (
        "# A merge\n\nThe [merge](a.md) of ceilings: [ceilings](b.md), [an X-ray](c.md), `trunk`."
    )
    assert unlinked(text, ("merge", "ceiling", "X-ray", "trunk")) == ["ceiling"]


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the words of each sentence; table cells and list items count as sentences of
    their own.
    """
    prose = re.sub(r"```.*?```", "\n\n", text, flags=re.DOTALL)
    prose = re.sub(r"<[^>]*>|^#.*$|^[ |:-]*$", "\n\n", prose, flags=re.MULTILINE)
    prose = re.sub(r"`[^`]*`", "code", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose))
    for block in re.split(r"\n\s*\n|\n\s*(?=- |\d+\. |\|)|\|", prose):
        for sentence in re.split(r"(?<=[.!?])[)*_”\"]*\s+", block):
            yield [word for word in sentence.split() if re.search(r"\w", word)]


@pytest.mark.parametrize("path", [*pages()], ids=lambda path: path.name)
def test_sentences_of_a_page_are_short(path: Path) -> None:
    long = [" ".join(words) for words in sentences(path.read_text("utf-8")) if len(words) > LONGEST]
    assert long == []


def test_a_long_sentence_is_found() -> None:
    assert max(len(words) for words in sentences(f"It is. {'so ' * 36}long. It is.")) == 37


@pytest.mark.parametrize("page", reference_pages.PAGES)
def test_a_generated_page_matches_the_code(page: str) -> None:
    """Ignore sections that were added later."""
    published = (reference_pages.DOCS / f"{page}.md").read_text(encoding="utf-8")
    made = set(reference_pages.text(page).split(reference_pages.SECTION))
    old = [
        part.splitlines()[0]
        for part in published.split(reference_pages.SECTION)
        if part not in made
    ]
    assert old == [], "Run `make generate`, and look at the page."


def test_the_ways_through_the_code_name_existing_functions() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"`(components/[\w/]+\.py)`: ([^–;\n]+)", text.partition("## Add a")[0])
    assert len(rows) > 30
    for file, names in rows:
        code = (ROOT / file).read_text(encoding="utf-8")
        for name in re.findall(r"[`.](\w+)(?=[`(])", names):
            assert re.search(rf"^ *(def |class )?{name}\b", code, re.MULTILINE), (file, name)


def test_the_messages_in_trouble_are_those_of_the_code() -> None:
    """Compare the parts of each quoted message between its fields."""
    quoted = re.findall(r'"([^"]+)"', (reference_pages.DOCS / "trouble.md").read_text("utf-8"))
    assert len(quoted) > 15
    sources = (ROOT / "run.py", *(ROOT / "components").rglob("*.py"))
    sources += (*(ROOT / "fusion_playground").glob("*.py"),)
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    code = "\n".join(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    parts = [part.strip(" .`") for text in quoted for part in re.split(r"\(…\)|…", text)]
    assert [part for part in parts if part not in code] == []


def test_the_citation_and_the_names_of_the_wheel_have_the_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    texts = "".join(path.read_text(encoding="utf-8") for path in pages())
    wheels = re.findall(r"fusion_playground-([\d.]+)-py3", texts)
    assert {citation["version"], *wheels} == {version()}


def test_each_package_of_the_requirements_is_explained() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Dependencies")[2]
    explained = {*re.findall(r"[\w-]+", table)}
    for file in ("requirements.txt", "tests/requirements.txt"):
        named = re.findall(r"^[\w-]+", (ROOT / file).read_text("utf-8"), re.MULTILINE)
        assert {name.removesuffix("-cpu") for name in named} <= explained


MB = 1_000_000
UPLOAD_MB = (limits.UPLOAD_BYTES.default or 0) // MB
MINUTES = [plan.minutes for plan in shipped_plans().values()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
REQUIRED = dict(
    re.findall(
        r"^([\w-]+)==([\w.]+)",
        "".join((ROOT / name / "requirements.txt").read_text("utf-8") for name in ("", "tests")),
        re.MULTILINE,
    )
)
"""Versions of the packages that are installed, by name."""
ROUTES = re.findall(
    r"Route\(\"(/\w+)\"", (ROOT / "components/app/server/setup.py").read_text(encoding="utf-8")
)
FACTS: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("README.md", "gallery of {} presets", (len(presets.names()),)),
    ("README.md", "{} relations whose best", (len(RELATIONS),)),
    ("README.md", "{} small real datasets", (len(COLLECTIONS),)),
    ("README.md", "{} lessons that check", (len(library.names()),)),
    ("README.md", "more than {} merge strategies", ((len(MERGES) - 1) // 10 * 10,)),
    ("README.md", "{} parameters, 97 %", (presets.about(presets.DEFAULT).parameters,)),
    ("README.md", "plans of {} to {} minutes", (min(MINUTES), max(MINUTES))),
    ("README.md", "{} strategies that are marked are trained with {} seeds", (len(FIRST), SEEDS)),
    ("README.md", "Python {}, {} or {} on Linux", (*PYTHONS,)),
    ("README.md", "http://127.0.0.1:{}, or", (str(FIRST_PORT),)),
    ("docs/first_model.md", "{} parameters, 97 %", (presets.about(presets.DEFAULT).parameters,)),
    ("docs/build.md", "more than {} layers start as blocks", (MOST_LAYERS,)),
    ("docs/train.md", "{} ship with the project", (len(COLLECTIONS),)),
    ("docs/train.md", "may have {} MB", (UPLOAD_MB,)),
    ("docs/trouble.md", "{} MB unless the owner", (UPLOAD_MB,)),
    ("docs/trouble.md", "{} % of the free memory", (round(100 * MEMORY_SHARE),)),
    ("docs/host_it.md", "may take {} % of the memory", (round(100 * MEMORY_SHARE),)),
    ("docs/host_it.md", "(`FUSION_WORKERS`, {} by default)", (limits.WORKERS.default,)),
    ("docs/run_a_class.md", "at a time (by default {})", (limits.WORKERS.default,)),
    ("docs/inspect.md", "up to {} inputs. A line", (EXACT_INPUTS,)),
    ("docs/inspect.md", "than four inputs, {} sets are drawn", (MOST_BARS,)),
    ("docs/inspect.md", "at most {} million parameters", (built.MOST_PARAMETERS // MB,)),
    ("docs/inspect.md", "Up to {} samples are measured", (measuring.SAMPLES,)),
    ("docs/xray.md", "Up to {} validation samples", (xray.POINTS,)),
    (
        "docs/xray.md",
        "at most {} channels, {} steps, {} features and {} numbers",
        (xray.CHANNELS, xray.STEPS, xray.FEATURES, xray.WIDTH),
    ),
    ("docs/xray.md", "(penalty {}) on the standardised", (round(PENALTY),)),
    ("docs/xray.md", "on {} folds", (FOLDS,)),
    ("docs/xray.md", "up to {} epochs while", (xray.EPOCHS,)),
    ("docs/xray.md", "more than {} million operations", (xray.MOST_FLOPS // MB,)),
    ("docs/xray.md", "About {} MB is kept", (xray.MOST_BYTES // MB,)),
    ("docs/xray.md", "read {} million numbers", (xray.READ_NUMBERS // MB,)),
    ("docs/compare.md", "from {} seeds on a verdict", (VERDICT_SEEDS,)),
    ("docs/compare.md", "same number within {} %", (round(100 * TOLERANCE),)),
    ("docs/glossary.md", "of parameters within {} %", (round(100 * TOLERANCE),)),
    ("docs/compare.md", "longer than {} minutes", (round(quick.SECONDS / 60),)),
    ("docs/compare.md", "strategies with {} seeds, fewer samples", (FIRST_SEEDS,)),
    ("docs/compare.md", "only gaps above {} points", (round(100 * quick.LARGEST),)),
    ("docs/verdicts.md", "needs at least {} seeds", (VERDICT_SEEDS,)),
    (
        "docs/verdicts.md",
        "more than {} seeds is judged twice: by the first {} seeds of each strategy at the {} % "
        "level, and at the end by all of them at {} %",
        (
            FIRST_SEEDS,
            FIRST_SEEDS,
            round(100 * FIRST_LEVEL),
            round(100 * (LEVEL - FIRST_LEVEL)),
        ),
    ),
    ("docs/verdicts.md", "with probability {}. If", (f"{POWER:g}".removeprefix("0"),)),
    ("docs/downloads.md", "at {} levels (blocks", (len(LEVELS),)),
    ("docs/downloads.md", "in {} themes (light", (len(THEMES),)),
    ("docs/downloads.md", "letters of {} points or more", (round(SMALLEST_LETTERS),)),
    ("docs/downloads.md", "the last {} steps of undo", (draft_content.STEPS,)),
    ("docs/pages.md", "the last {} models are kept", (MOST_KEPT,)),
    ("docs/teaching.md", "a code of {} letters", (CODE_LENGTH,)),
    ("docs/teaching.md", "at most {} characters of any alphabet", (LONGEST_NICKNAME,)),
    ("docs/teaching.md", "did nothing for {} minutes", (round(AWAY_SECONDS / 60),)),
    ("docs/teaching.md", "means {} failed checks in a row", (STUCK_TRIES,)),
    ("docs/teaching.md", "keeps the latest {} votes", (MOST_VOTES,)),
    (
        "docs/teaching.md",
        "at most {} learners, and at most {} people join in a second",
        (MOST_LEARNERS, roles.JOINS_A_SECOND),
    ),
    (
        "docs/teaching.md",
        "at most {} messages to a room in {} seconds, and hands in work on at most {} lessons",
        (roles.MESSAGES, round(roles.MESSAGES_SECONDS), MOST_LESSONS),
    ),
    (
        "docs/teaching.md",
        "at most {} rooms. If all places are taken, the oldest room that is {} minutes old",
        (MOST_ROOMS, round(EMPTY_SECONDS / 60)),
    ),
    (
        "docs/teaching.md",
        "After {} wrong codes in a minute, each answer to that network address takes {} seconds",
        (roles.WRONG_CODES_A_MINUTE, round(roles.WRONG_SECONDS)),
    ),
    (
        "docs/deployment.md",
        "{} single runs that wait and {} in training, {} drafts for {} days, {} saved models, "
        "{} MB of drafts and models, {} MB of prepared data",
        (
            QueueLimits.waiting_each,
            QueueLimits.running_each,
            draft_store.DRAFTS,
            draft_store.DRAFT_DAYS,
            draft_store.SAVED_MODELS,
            draft_store.OWN_BYTES // MB,
            uploads.BYTES_EACH // MB,
        ),
    ),
    (
        "docs/deployment.md",
        "{} of the {} class rooms, {} wrong room codes a minute",
        (MOST_ROOMS_SENDER, MOST_ROOMS, roles.WRONG_CODES_A_MINUTE),
    ),
    ("docs/deployment.md", "distributed=={}` first", (REQUIRED["distributed"],)),
    (
        "docs/deployment.md",
        "| `{}` | 200 while the process is alive | | `{}` | 200 once",
        (*ROUTES,),
    ),
    ("docs/lessons.md", "of the format: {}. An earlier", (LESSON.number,)),
    (
        "docs/lessons.md",
        "a lesson that ships takes {} minutes at most",
        (max(library.load(name).minutes for name in library.names()),),
    ),
    ("docs/lessons.md", "1 to {} steps", (MOST_STEPS,)),
    ("docs/plans.md", "number of the format: {}. Earlier", (PLAN.number,)),
    ("docs/plans.md", "1 to {} items", (MOST_ITEMS,)),
    (
        "docs/plans.md",
        "at most {} letters and may have formulas; a choice has at most {} |",
        (LONGEST_QUESTION, LONGEST_CHOICE),
    ),
    (
        "docs/own_keras_model.md",
        "Keras {} on TensorFlow and JAX, and with {} on JAX",
        (REQUIRED["keras"], run.LOWEST_KERAS.removeprefix("keras==")),
    ),
)
"""Facts of the pages: the page, a sentence with `{}` for each value, and the code's values."""


@pytest.mark.parametrize(("page", "sentence", "values"), FACTS)
def test_a_fact_of_a_page_is_that_of_the_code(
    page: str, sentence: str, values: tuple[object, ...]
) -> None:
    """Read the values at `{}` wherever the page has the sentence; numbers may be spelled."""
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text))
    pattern = re.escape(sentence).replace(r"\{\}", r"([\w.,/]+)").replace(r"\ ", " ")
    found = [match.groups() for match in re.finditer(pattern, text)]
    assert found, f"{page} has no sentence `{sentence}`"
    for numbers in found:
        for number, value in zip(numbers, values, strict=True):
            forms = (f"{value:,}", spelled(value)) if isinstance(value, int) else (value,)
            assert number.lower() in forms
