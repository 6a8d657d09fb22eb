"""Forms of a record, written and read back by other readers."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from components.models.merges import MERGES
from components.sharing.record.author import AuthorNotes
from components.sharing.record.contents import record_of
from components.sharing.record.forms import FORMS
from components.sharing.record.forms.base import Code, Formula, Paragraph, Reasons, Record, Section
from components.sharing.record.subject import RecordSubject
from sample_data.relations import RELATIONS
from tests.experiments.races.support import two_vectors

CRAFTED = '</code></style><script>alert(1)</script><img src="https://example.org/x" onerror="x()">'


class Page(HTMLParser):
    """Reader of a page: elements with their attributes, and texts outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._last = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._last = tag
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self._last not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def crafted_record() -> Record:
    """Return a record whose label, reasons and more are an attack."""
    inputs = [
        {"name": name, "label": CRAFTED[:60], "kind": "vector", "features": 2}
        for name in ("a", "b")
    ]
    architecture = two_vectors(inputs=inputs)
    record = record_of(RecordSubject(architecture), AuthorNotes(why=f"{CRAFTED} `{CRAFTED}`"))
    code = Code(f"```\n{CRAFTED}\n````")
    more = Section(CRAFTED, (Paragraph(CRAFTED), code))
    return replace(record, title=CRAFTED, sections=(*record.sections, more))


def html_of(record: Record) -> str:
    return FORMS["html"]().write(record).decode()


def markdown_of(record: Record) -> str:
    return FORMS["md"]().write(record).decode()


@pytest.fixture(scope="module")
def record(recorded: RecordSubject) -> Record:
    """Return the record of a run with all possible findings."""
    return record_of(recorded, AuthorNotes(why="It is small.", parameters=10))


@pytest.mark.parametrize("ending", FORMS)
def test_a_form_is_the_same_each_time(ending: str, record: Record) -> None:
    assert FORMS[ending]().write(record) == FORMS[ending]().write(record)


def test_each_form_has_all_sections_and_numbers(record: Record) -> None:
    markdown = MarkdownIt("commonmark").enable("table").render(markdown_of(record))
    for text in (Page(html_of(record)).text, Page(markdown).text):
        for section in record.sections:
            assert section.title in text
        assert "It is small." in text
        assert "Above its limit: Parameters." in text
        assert "multiply 98.0 %" in text
        assert "Best accuracy of any model 1.000" in text


def test_a_page_asks_for_nothing_and_lets_only_its_own_script_run(record: Record) -> None:
    page = Page(html := html_of(record))
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "data", "action")
    ]
    assert len(addresses) == 2 * 2  # Two pictures, each in light and in dark.
    assert all((address or "").startswith("data:image/svg+xml;base64,") for address in addresses)
    assert "url(" not in html
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = (a["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    rules = [" ".join(rule.split()) for rule in (policy or "").split(";")]
    assert rules[:2] == ["default-src 'none'", "img-src data:"]
    assert rules[-1] == f"script-src 'sha256-{digest}'"


def test_a_crafted_text_is_text_in_a_page() -> None:
    page = Page(html := html_of(crafted_record()))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert tags.count("img") == 2
    assert not any(name.startswith("on") for _, own in page.elements for name in own)
    assert "<script>alert" not in html
    assert CRAFTED in "".join(page.texts)


def test_a_crafted_text_is_text_in_markdown() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown_of(crafted_record()))
    inside = [*tokens, *(child for token in tokens for child in token.children or ())]
    assert not {one.type for one in inside} & {"html_block", "html_inline", "link_open", "image"}
    assert f"```\n{CRAFTED}\n````\n" in [one.content for one in tokens if one.type == "fence"]


REASONS = """It is **small** and *fast*:

- one `merge`
- [a paper](https://example.org/a_b?c=d)

# No heading ![no picture](https://example.org/x.png) <b>no tag</b> [no script](javascript:x)
---
"""


def test_reasons_keep_lists_emphasis_code_and_links_and_nothing_else() -> None:
    record = Record("R", "", (Section("S", (Reasons(REASONS),)),))
    kept = {"strong", "em", "ul", "li", "code", "a"}
    for page in (
        html_of(record),
        MarkdownIt("gfm-like", {"linkify": False}).render(markdown_of(record)),
    ):
        body = page.partition("<h2>")[2].partition("</section>")[0]
        assert {tag for tag, _ in Page(body).elements} - {"h2", "p"} == kept
        links = [own["href"] for tag, own in Page(body).elements if tag == "a"]
        assert links[0] == "https://example.org/a_b?c=d"
        assert not any((link or "").startswith("javascript") for link in links)
        for text in ("# No heading", "<b>no tag</b>"):
            assert text in Page(body).text


def test_a_formula_is_parted_where_the_page_parts_it() -> None:
    record = Record("R", "", (Section("S", (Formula(r"a = b, \quad b = c"),)),))
    (formula,) = re.findall(r'<p class="formula">.*</p>', html_of(record))
    assert formula.count("<math ") == 2


def test_each_formula_is_mathml() -> None:
    """Reject a command that is unknown, which would stay with its backslash."""
    formulas = [merge.formula for _, merge in MERGES.items()]
    formulas += [relation.formula for _, relation in RELATIONS.items()]
    blocks = tuple(map(Formula, formulas))
    body = html_of(Record("Formulas", "", (Section("All", blocks),))).partition("<body>")[2]
    assert body.count('class="formula"') == len(formulas)
    assert "\\" not in body.partition("<script>")[0]
