"""Share links: short, reversible, and refused with one sentence if they are broken."""

from __future__ import annotations

import base64
import json
import random
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import LinkError, PlaygroundError
from components.base.versions import FIRST, LINK
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import parse
from components.models.architecture.schema import schema
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.language import fields
from components.sharing.links import token
from components.sharing.links.link import LinkContent, is_link, parse_link, share
from components.sharing.links.token import MOST_BYTES, MOST_CHARACTERS, dictionary
from sample_data.collections import COLLECTIONS
from sample_data.content import presets
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests import link_dictionary
from tests.originals import ORIGINALS
from tests.strategies import architectures, value


def whole() -> LinkContent:
    """Return a custom architecture with data and settings, with few values at their defaults."""
    architecture = parse(
        {
            "name": "of_ones_own",
            "inputs": [
                {"name": "sound", "kind": "timeseries", "length": 33, "features": 3,
                 "encoder": {"kind": "tcn", "depth": 2, "filters": 24, "dropout": 0.15}},
                {"name": "words", "kind": "tokens", "vocabulary": 777, "length": 12,
                 "encoder": {"kind": "embedding", "depth": 1, "units": 17}},
            ],
            "merges": [
                {"name": "joined", "kind": "gated", "sources": ["sound", "words"], "units": 40},
            ],
            "trunk": {"depth": 2, "units": 48, "activation": "gelu", "dropout": 0.1},
            "heads": [
                {"name": "mood", "kind": "multiclass", "source": "trunk", "classes": 5},
                {"name": "age", "kind": "regression", "source": "joined", "loss_weight": 0.3},
            ],
        }
    )  # fmt: skip
    data = DataSpec(
        relation=RELATIONS["missing"].model_validate({"p": 0.25, "noise": 0.125}),
        samples=1234,
        seed=9,
        difficulty=0.7,
    )
    return LinkContent(
        architecture, data, Settings(epochs=55, learning_rate=0.0123, optimizer="adamw", seed=42)
    )


def link_error(text: str) -> LinkError:
    """Return the error of a link that can't be read."""
    with pytest.raises(LinkError) as caught:
        parse_link(text)
    error = caught.value
    assert "\n" not in str(error)
    assert len(str(error)) < 400
    return error


def forged(data: object) -> str:
    """Return a token with a correct checksum and any content."""
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return f"{LINK.number}.{token._packed(text)}.{token._check(text)}"


def opened_or_sentence(open_it: Callable[[Any], Any], text: Any) -> Any:
    """Return the opened content, or the sentence of the error."""
    try:
        return open_it(text)
    except PlaygroundError as error:
        return str(error)


# The version


def test_defaults_are_those_of_the_version() -> None:
    """Compare the defaults with those that links leave out: with other ones, links would open other
    models.

    If this fails, raise the number of `LINK` in `components/base/versions.py`, register a
    conversion that writes the old defaults out, and run `make generate`.
    """
    written, now = link_dictionary.written(), link_dictionary.defaults()
    assert len(written) > 80
    for concept, values in written.items():
        assert values.items() <= now[concept].items(), concept


def test_each_version_that_is_read_has_its_dictionary() -> None:
    for number in range(FIRST, LINK.number + 1):
        assert len(dictionary(number).read_bytes()) <= 32_768  # Deflate can't look back further.


# Round trips


@given(spec=architectures())
def test_model_to_link_to_model_is_the_identity(spec: Any) -> None:
    token = share(spec)
    opened = parse_link(token)
    assert opened == LinkContent(spec)
    assert opened.architecture.digest == spec.digest
    assert len(token) < 2000


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_restored_from_its_link(name: str) -> None:
    architecture = presets.load(name)
    assert parse_link(share(architecture)).architecture == architecture


def _per_layer() -> list[tuple[str, str]]:
    """Return each encoder with each of its fields that accepts a list with one width for each
    layer.
    """
    properties = schema()["$defs"]
    return [
        (kind, name)
        for kind, encoder in ENCODERS.items()
        for name, field in properties[encoder.__name__]["properties"].items()
        if any(one.get("type") == "array" for one in field.get("anyOf", ()))
    ]


@pytest.mark.parametrize(("kind", "field"), _per_layer())
def test_a_list_of_widths_is_restored_from_its_link(kind: str, field: str) -> None:
    reads = next(name for name, one in INPUTS.items() if one.form in ENCODERS[kind].takes)
    encoder = {"kind": kind, "depth": 2, field: [24, 8]}
    head = {"name": "y", "kind": "binary", "source": "a"}
    architecture = parse(
        {"inputs": [{"name": "a", "kind": reads, "encoder": encoder}], "heads": [head]}
    )
    assert parse_link(share(architecture)).architecture == architecture
    assert getattr(architecture.inputs[0].encoder, field) == (24, 8)


@settings(max_examples=10)
@pytest.mark.parametrize("kind", RELATIONS)
@given(data=st.data())
def test_data_and_settings_are_restored_from_a_link(kind: str, data: st.DataObject) -> None:
    def drawn(concept: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
        return {s.name: data.draw(value(s, 1000)) for s in fields.settings(concept, skip)}

    relation = {"kind": kind, **drawn(RELATIONS[kind])}
    try:
        made = DataSpec.model_validate({"relation": relation, **drawn(DataSpec)})
    except (ValueError, PlaygroundError):
        return
    shared = LinkContent(presets.load("wide_and_deep"), made, Settings(**drawn(Settings)))
    assert parse_link(share(shared.architecture, shared.data, shared.settings)) == shared


def test_collections_are_restored_from_a_link() -> None:
    for kind in COLLECTIONS:
        architecture, data = (
            COLLECTIONS[kind]().architecture,
            CollectionSpec(collection=kind, seed=5),
        )
        assert parse_link(share(architecture, data)) == LinkContent(architecture, data)


def test_a_file_is_not_part_of_a_link() -> None:
    path: Any = "/somewhere/own.npz"
    with pytest.raises(LinkError, match="can't contain your own file") as caught:
        share(presets.load("wide_and_deep"), path)
    assert "somewhere" not in str(caught.value)


def test_links_are_short() -> None:
    extra = whole()
    for name in ORIGINALS:
        architecture = presets.load(name)
        assert len(share(architecture)) < 40
        assert len(share(architecture, extra.data, extra.settings)) < 250
    assert len(share(extra.architecture)) < 400


# Forms of a link


TOKEN = share(presets.load("wide_and_deep"))
MIDDLE = len(TOKEN) // 2
OTHER = f"{TOKEN[:MIDDLE]}{'A' if TOKEN[MIDDLE] != 'A' else 'B'}{TOKEN[MIDDLE + 1 :]}"
DAMAGED = ("", "hello", "2", "2.", "0.abc.def", TOKEN[:-1], TOKEN[:8], f"{TOKEN}x", OTHER,
           "2.AAAA.AAAA", "2.A.AAAA")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"  {TOKEN}\n",
        f"<https://fusion.example/?m={TOKEN}>",
        f"https://fusion.example/?m={TOKEN}",
        f"http://localhost:8501/Train?run=abc&m={TOKEN}#top",
        f"/?m={TOKEN}",
    ],
)
def test_a_token_and_an_address_are_read(text: str) -> None:
    assert parse_link(text).architecture == presets.load("wide_and_deep")
    assert is_link(text)


def test_other_names_are_no_links() -> None:
    assert not any(map(is_link, ["wide_and_deep", "model.json", "1.json", "a/b.c/d.json", ""]))


# Broken, long, newer, hostile


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((text, "damaged or cut short") for text in DAMAGED),
        ("1.G23NDoPWLAA.EBIAOVyP", "from before Fusion Playground 0.2"),
        ("3.whatever/comes+here", "by a newer Fusion Playground"),
        (f"12{TOKEN}", "version 122"),
        ("https://fusion.example/", "?m="),
        ("https://fusion.example/?m=", "?m="),
        (f"https://fusion.example/?m={TOKEN}&m={TOKEN}", "?m="),
        ("https://[::1/?m=2.a.b", "?m="),
        ("?m=" + "&m=" * 200, "?m="),
        ("2." + "A" * MOST_CHARACTERS + ".x", "at most 8,000 characters"),
        ("\ud800\x00\x1b[31m`![](http://x.example/y.png)`", "?m="),
    ],
    ids=lambda text: ascii(text)[:30],
)  # fmt: skip
def test_a_bad_link_gives_one_sentence(text: str, sentence: str) -> None:
    message = str(link_error(text))
    assert sentence in message
    message.encode()
    assert message.count("`") % 2 == 0
    assert "\x1b" not in message


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data": "/etc/passwd"}, "The dataset needs fields"),
        ({"data": {"relation": {"kind": "nothing"}}}, "can't be `nothing`"),
        (
            {"data": {"relation": {"kind": "xor", "noise": float("nan")}}},
            "`noise` of the relation of the dataset",
        ),
        ({"data": {"relation": {"kind": "xor"}, "samples": 10**400}}, "`samples` of the dataset"),
        ({"data": {"collection": "nothing"}}, "There is no collection"),
        ({"data": {"collection": ["wine"]}}, "`collection` of the dataset"),
        ({"data": []}, "The dataset needs fields"),
        ({"settings": {"epochs": 1e308}}, "`epochs` of the training"),
        ({"settings": {"epoch": 3}}, "The training has no field `epoch`"),
        ({"settings": 3}, "The training needs fields"),
        ({"inputs": []}, "inputs"),
        ({"version": 3}, "by a newer Fusion Playground"),
        ({"evil": {"a" * 3000: 1}}, "evil"),
        ({"name": "![](http://x.example/`y`.png)"}, "A name starts with a letter"),
    ],
)
def test_what_a_link_holds_is_checked(change: dict[str, Any], sentence: str) -> None:
    data = {**presets.load("wide_and_deep").data(), **change}
    with pytest.raises(PlaygroundError) as caught:
        parse_link(forged(data))
    assert sentence in str(caught.value)
    assert str(caught.value).count("`") % 2 == 0


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"7", b"{", b"\xff\xfe", b"[" * 50_000, b"[" * 900 + b"]" * 900,
        b'{"inputs":' * 300 + b"1" + b"}" * 300, b'{"inputs": ' + b"9" * 50_000 + b"}",
        b'{"inputs": 1e999999, "heads": -Infinity}', b'{"name": "\\ud800"}',
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_hostile_json_gives_one_sentence(text: bytes) -> None:
    with pytest.raises(PlaygroundError) as caught:
        parse_link(forged(text))
    assert len(str(caught.value)) < 2000
    str(caught.value).encode()


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = packer.compress(b" " * 5_000_000) + packer.flush()
    payload = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    assert len(payload) < MOST_CHARACTERS
    tracemalloc.start()
    error = link_error(f"{LINK.number}.{payload}.AAAAAAAA")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "60,000 bytes" in str(error)
    assert peak < 10 * MOST_BYTES


def test_mutated_links_give_a_sentence_or_the_same_model() -> None:
    """Mutate characters of a token, and bytes of the JSON text with a correct checksum."""
    rng = random.Random(0)
    shared = whole()
    token = share(shared.architecture, shared.data, shared.settings)
    text = shared.architecture.json_text().encode()
    letters = "ABCabc019-_.=%&?/`\n\x00é\ud800"
    parts = [b"", b"9", b"-", b"[", b"{", b"}", b'"', b"null", b"1e400", b"\xff", b"\\ud800"]
    for _ in range(500):
        place = rng.randrange(len(token))
        more, size = rng.choice(["", *letters]) * rng.randint(1, 3), rng.choice([0, 1, 40])
        opened = opened_or_sentence(parse_link, token[:place] + more + token[place + size :])
        assert opened == shared or len(opened) < 400
        place = rng.randrange(len(text))
        mutated = text[:place] + rng.choice(parts) + text[place + rng.randint(0, 2) :]
        opened = opened_or_sentence(parse_link, forged(mutated))
        assert not isinstance(opened, str) or len(opened) < 2000
