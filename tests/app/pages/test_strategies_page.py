"""The script of the Strategies page in Streamlit's test runner."""

from __future__ import annotations

import json
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.strategies.cards import (
    card,
    facts_html,
    fields_html,
    heading_html,
    try_merge,
    use_encoder,
    use_strategy,
)
from components.app.pages.strategies.page import SHOWN
from components.app.parts.editor import drafts
from components.models.analysis import reference, trials
from components.models.analysis.families import by_family
from components.models.analysis.reference import FITS, READS
from components.models.architecture.architecture import parse
from components.models.encoders import ENCODERS
from components.models.merges import MERGES
from sample_data.content import presets
from tests.app.pages.desk import editor, html, well, with_model
from tests.models.analysis.test_trials import MODELS, TWO

PAGE = "pages/4_Strategies.py"
ORDERED = [kind for kinds in by_family(MERGES).values() for kind in kinds]


@pytest.fixture
def app(keras_is_in: None) -> AppTest:
    """Open the Strategies page with the default preset."""
    return with_model(PAGE).run()


def shown(app: AppTest) -> list[str]:
    """Return the kinds of the cards, in order."""
    keys = [str(button.key) for button in app.button]
    return [key.removeprefix("closer.") for key in keys if key.startswith("closer.")]


def search(app: AppTest, words: str) -> None:
    app.text_input(key="catalogue_search").set_value(words).run()
    well(app)


def test_the_first_strategies_are_shown_and_more_on_demand(app: AppTest) -> None:
    well(app)
    assert shown(app) == ORDERED[:SHOWN]
    assert f"{len(MERGES)} strategies" in app.caption[-1].value + app.caption[0].value
    while any(button.key == "more" for button in app.button):
        app.button(key="more").click().run()
        well(app)
    assert shown(app) == ORDERED


def miniatures(app: AppTest) -> list[dict[str, str]]:
    """Return the data of the components that draw miniatures."""
    values = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    return [value for value in values if isinstance(value, dict) and "alt" in value]


def test_search_finds_a_card_with_formula_picture_numbers_and_texts(app: AppTest) -> None:
    search(app, "zzz")
    assert "No strategy matches" in app.info[0].value
    app.button(key="forget").click().run()
    well(app)
    assert shown(app) == ORDERED[:SHOWN]
    search(app, "film perez")
    assert shown(app) == ["film"]
    concept = MERGES["film"]
    assert any(concept.formula in text.value for text in app.markdown)
    drawn = html(app)
    (shown_as,) = miniatures(app)
    assert shown_as["alt"].startswith("FiLM: image 128 and text 128 through ")
    for text in ("33,024", "fit as they are", concept.plain, concept.good_for, concept.weak_at):
        assert text in drawn
    assert 'aria-label="Condition. First source [2, 1, −1], second source [1, 3, 2]' in drawn
    app.button(key="closer.film").click().run()
    well(app)
    assert any(concept.weights in text.value for text in app.markdown)
    assert concept.cost in html(app)


def test_filters_narrow_down_and_stay(app: AppTest) -> None:
    app.pills(key="strategy_filters").set_value([FITS]).run()
    well(app)
    architecture = editor(app).valid
    fitting = [kind for kind in ORDERED if try_merge(architecture, kind).as_is]
    assert shown(app) == fitting[:SHOWN]
    assert len(fitting) < len(MERGES)
    app.pills(key="strategy_filters").set_value(["products", "takes maps"]).run()
    well(app)
    expected = reference.search(reference.strategies(), "", ["products", "takes maps"])
    kinds = {entry.kind for entry in expected}
    assert shown(app) == [kind for kind in ORDERED if kind in kinds][:SHOWN]
    app.switch_page("app.py").run()
    app.switch_page(PAGE).run()
    assert app.pills(key="strategy_filters").value == ["products", "takes maps"]


def test_use_this_goes_to_build_and_can_be_undone(app: AppTest) -> None:
    search(app, "film")
    app.button(key="use.film").click().run()
    well(app)
    merge = editor(app).valid.merges[0]
    assert (merge.kind, merge.name, merge.sources) == ("film", "fusion", ("image", "text"))  # type: ignore[attr-defined]
    app.button(key="undo").click().run()
    assert editor(app).valid == presets.load(presets.DEFAULT)


def test_what_does_not_fit_is_fitted_or_has_a_sentence_instead_of_a_button(app: AppTest) -> None:
    editor(app).open(parse(MODELS["three"]))
    search(app, "film")
    assert shown(app)[0] == "film"
    assert not any(button.key == "use.film" for button in app.button)
    assert "3 sources" in html(app)
    assert miniatures(app)[0]["caption"].startswith("Example inputs")
    editor(app).open(parse(MODELS["two"]))
    search(app, "multiply")
    assert "fit with added layers" in html(app)
    assert "adds 1 layer with 28 parameters" in html(app)
    button = app.button(key="use.multiply")
    assert "smallest" in button.help
    button.click().run()
    well(app)
    assert editor(app).valid.merges[0].fit == "smallest"


def test_all_strategies_are_tried_on_an_unfit_draft(app: AppTest) -> None:
    editor(app).open(parse({**TWO, "merges": [{**TWO["merges"][0], "kind": "add"}]}))
    app.run()
    well(app)
    assert editor(app).unfit is not None
    search(app, "add keras")
    app.button(key="use.add").click().run()
    well(app)
    assert editor(app).error is None
    assert editor(app).valid.merges[0].fit == "smallest"


@pytest.mark.parametrize("name", list(MODELS))
def test_use_this_makes_what_was_tried(name: str) -> None:
    """Try all strategies on two branches; on other models, some that fit and some that don't."""
    architecture, used = parse(MODELS[name]), 0
    for kind in MERGES if name == "two" else ("concatenate", "add", "gated", "film"):
        fit = try_merge(architecture, kind)
        if fit.architecture is not None:
            draft = drafts.drafted(architecture)
            use_strategy(draft, fit.architecture)
            assert parse(drafts.plain(draft)) == fit.architecture, kind
            used += 1
    assert used


def test_the_table_has_all_that_was_found(app: AppTest) -> None:
    app.segmented_control(key="catalogue_as").set_value("Table").run()
    well(app)
    table = app.dataframe[0].value
    assert list(table["Strategy"]) == [MERGES[kind].title for kind in ORDERED]
    row = table[table["Strategy"] == "FiLM"].iloc[0]
    assert (row["Parameters"], row["Output"]) == (33024, "128")
    app.segmented_control(key="catalogue_of").set_value("Encoders").run()
    well(app)
    assert len(app.dataframe[0].value) == len(ENCODERS)
    app.segmented_control(key="catalogue_as").set_value("Cards").run()
    assert shown(app) == list(ENCODERS)[:SHOWN]
    app.pills(key="encoder_filters").set_value(["reads sequences", READS]).run()
    well(app)
    architecture = editor(app).valid
    expected = reference.search(reference.encoders(), "", ["reads sequences"])
    readable = [
        entry.kind for entry in expected if trials.readable_inputs(architecture, entry.kind)
    ]
    assert shown(app) == readable[:SHOWN]


def test_an_encoder_is_put_into_a_branch_that_it_reads() -> None:
    for kind in ENCODERS:
        architecture = presets.load("siamese_digits")
        for name in trials.readable_inputs(architecture, kind):
            draft = drafts.drafted(architecture)
            use_encoder(draft, name, kind)
            architecture = parse(drafts.plain(draft))
            source = next(source for source in architecture.inputs if source.name == name)
            assert type(source.encoder) is ENCODERS[kind]


def test_one_entry_leads_back_to_all_of_its_section(app: AppTest) -> None:
    app.query_params["strategy"] = ""
    app.run()
    assert not app.warning
    app.query_params["strategy"] = "flim"
    app.run()
    well(app)
    assert "Did you mean `film`?" in app.warning[0].value
    assert shown(app) == ORDERED[:SHOWN]
    app.query_params["strategy"] = "film"
    app.run()
    assert (shown(app), MERGES["film"].title in html(app)) == ([], True)
    app.button(key="all").click().run()
    well(app)
    assert len(shown(app)) == SHOWN
    app.query_params["strategy"] = "film"
    app.run()
    search(app, "tucker")
    assert shown(app) == ["tucker"]
    search(app, "")
    app.query_params["encoder"] = "conv1d"
    app.run()
    well(app)
    assert "Kernel size" in html(app)
    app.button(key="all").click().run()
    assert shown(app) == list(ENCODERS)[:SHOWN]


def test_every_card_can_be_made_without_a_merge() -> None:
    architecture = presets.load("independent_predictions")
    for kind in MERGES:
        drawn = card(architecture, "strategy", kind)
        assert drawn.alt.startswith(f"{MERGES[kind].title}: ")
        assert drawn.figures
        assert MERGES[kind].title in heading_html(drawn)
        assert MERGES[kind].good_for in unescape(facts_html(drawn))
        assert fields_html(drawn.concept)
    for kind in ENCODERS:
        assert card(architecture, "encoder", kind).figures
