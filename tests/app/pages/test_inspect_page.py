"""The script of the Inspect page in Streamlit's test runner: selection, states and results."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.inspect.refit_section import REFIT
from components.app.pages.inspect.results import (
    MEASURES,
    RATES_IN_USE,
    SAMPLES,
    WEIGHTED,
    limits_of,
)
from components.app.pages.inspect.unplug import UNPLUG
from components.app.parts.data.data_limits import computed
from components.app.parts.data.sample_view import previews
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.queue.run_service import service
from components.experiments.races import example
from components.experiments.training.events import Failed
from components.experiments.training.models import write_model
from components.experiments.training.requests import RunRequest, Settings
from components.models.analysis.input_removal import without_input
from components.models.architecture.builder import build_with_weights
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.app.pages.desk import VISITOR, html, key_of, press, well, with_model
from tests.app.pages.examples import gate, inspection_of_vectors
from tests.app.pages.stored import ENDED, STARTED, a_run
from tests.experiments.training.support import LABEL, VECTORS, fused, vector
from tests.waiting import wait_until

PAGE = "pages/2_Inspect.py"


@pytest.fixture(scope="module")
def xor() -> Inspection:
    return inspection_of_vectors()


@pytest.fixture
def page(keras_is_in: None) -> AppTest:
    return with_model(PAGE)


def request(samples: int = 40) -> RunRequest:
    data = DataSpec(relation=RELATIONS["xor"](), samples=samples)
    return RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))


def trained(owner: str = VISITOR, *, kept: bool = True, name: str = "mine") -> str:
    """Store a finished run."""
    return a_run(request(), *ENDED, owner=owner, name=name, model=b"a model" if kept else b"")


def inspected(run: str, inspection: Inspection) -> None:
    """Store an inspection with a run."""
    service().store.keep_result(run, "inspection", inspection.json_text())


def opened(page: AppTest, run: str) -> AppTest:
    """Open a run, with all sections that are closed at first."""
    for _, _, key in (UNPLUG, MEASURES, WEIGHTED, SAMPLES, RATES_IN_USE, REFIT):
        page.session_state[key] = True
    page.query_params["run"] = run
    return page.run()


def test_without_a_run_the_page_explains_itself_and_leads_to_training(page: AppTest) -> None:
    page.run()
    well(page)
    assert any("does one do the work?" in text.value for text in page.markdown)
    assert any(text.value.startswith("**Both inputs are needed") for text in page.markdown)
    press(page, "Do this with my model")
    assert any(button.key == "train" for button in page.button)


def test_the_example_has_an_address_for_visitors_with_runs_too(page: AppTest) -> None:
    run = trained()
    opened(page, example.RUN)
    well(page)
    assert any(text.value.startswith(":violet-badge[Example]") for text in page.markdown)
    assert "inspected_run" not in {box.key for box in page.selectbox}
    service().store.remove([run])


def test_a_run_in_training_is_named_until_it_has_ended(page: AppTest) -> None:
    run = a_run(request(), STARTED, name="slow")
    page.run()
    well(page)
    assert any("*slow* is in training" in caption.value for caption in page.caption)
    service().store.append(run, Failed(message="it ended"))
    page.run()
    well(page)
    assert not any("is in training" in caption.value for caption in page.caption)


def test_the_latest_finished_run_is_shown_and_another_can_be_chosen(page: AppTest) -> None:
    first, second = trained(), trained()
    page.run()
    well(page)
    choice = page.selectbox(key=key_of(page, "inspected_run"))
    assert choice.value == second
    assert all(title.startswith("mine · ") for title in choice.options)
    assert len(set(choice.options)) == len(choice.options)
    choice.set_value(first).run()
    well(page)
    assert page.query_params["run"] == first
    assert page.selectbox(key=key_of(page, "inspected_run")).value == first


def test_a_kept_model_is_inspected_when_its_run_is_opened(page: AppTest, tmp_path: Path) -> None:
    run, path = trained(), tmp_path / "model.keras"
    write_model(build_with_weights(VECTORS).model, path, {})
    service().store.keep_model(run, path.read_bytes())
    service().store.keep_result(run, "inspection", "one that cannot be read")
    opened(page, run)
    well(page)
    assert any("The model is being inspected" in caption.value for caption in page.caption)
    wait_until(lambda: "{" in (service().store.result(run, "inspection") or ""))
    page.run()
    well(page)
    assert 'class="measures"' in html(page)


def test_a_model_that_cannot_be_inspected_says_why(page: AppTest) -> None:
    run = trained()
    service().store.models.path(run).write_bytes(b"another model")
    opened(page, run)

    def is_reported() -> bool:
        page.run()
        return bool(page.warning)

    wait_until(is_reported)
    assert "was changed after training" in page.warning[0].value
    assert any(button.key == "train_again" for button in page.button)


def test_a_head_is_chosen_beside_the_view(page: AppTest, xor: Inspection) -> None:
    two = fused([vector("left", 4), vector("right", 4)], [LABEL, {**LABEL, "name": "other"}])
    data = DataSpec(relation=RELATIONS["xor"](), samples=40)
    asked = RunRequest(architecture=two, data=data, settings=Settings(epochs=1))
    run, head = a_run(asked, *ENDED, name="two heads", model=b"a model"), xor.heads["y"]
    worse = head.model_copy(update={"quality": 0.2})
    inspected(run, xor.model_copy(update={"heads": {LABEL["name"]: head, "other": worse}}))
    opened(page, run)
    well(page)
    assert not any("worse than chance" in text.value for text in page.markdown)
    switch = page.segmented_control(key=f"inspect_head.{run}")
    switch.set_value("other").run()
    well(page)
    assert any("worse than chance" in text.value for text in page.markdown)
    service().store.remove([run])


def test_the_result_is_shown_at_once_with_a_diagram_and_the_gates_of_a_sample(
    page: AppTest, xor: Inspection
) -> None:
    run, head = trained(), xor.heads["y"]
    inspected(run, xor.model_copy(update={"readouts": (gate(xor),)}))
    opened(page, run)
    well(page)
    (share, _), (cooperation,) = ShapleyShare.values(head), Cooperation.values(head)
    text = html(page)
    for shown in (f"{share:.3f}", f"{cooperation:+.3f}", 'class="samples"'):
        assert shown in text
    assert "It does not say" not in text
    limits = [one.value for one in page.markdown if one.value.startswith("**Shapley share**: ")]
    assert limits == [f"**Shapley share**: {ShapleyShare.limit}"]
    captions = [caption.value for caption in page.caption]
    assert any("60 validation samples" in caption for caption in captions)
    assert any(caption.startswith("Xor · merge concatenate · ") for caption in captions)
    charts = [
        part.proto.SerializeToString().decode(errors="ignore") for part in page.get("echarts_chart")
    ]
    words = ("cooperation", "no input", "logit of class 1", "gate")
    for chart, word in zip(charts, words, strict=True):
        assert word in chart
    (drawn,) = (part for part in page.get("bidi_component") if "cooperation" in str(part.proto))
    assert f"{share:+.2f}" in str(drawn.proto)
    assert f"cooperation {cooperation:+.2f}" in str(drawn.proto)
    page.session_state["weighted_take"] = True
    sample = page.selectbox(key=f"inspected_sample.{run}.y")
    assert sample.value == head.samples[0].row
    sample.set_value(head.samples[3].row).run()
    well(page)
    assert html(page) != text
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Picture as SVG" in labels


def test_a_model_without_an_input_has_the_ceilings_and_samples_of_its_data(
    keras_is_in: None,
) -> None:
    whole, wine = request(), CollectionSpec(collection="wine")
    assert isinstance(whole.data, DataSpec)
    computed.wait((VECTORS, whole.data.model_copy(update={"samples": 20})))
    parts = {"architecture": without_input(VECTORS, "left"), "whole": VECTORS}
    less = whole.model_copy(update=parts)
    limits = limits_of(less)
    assert limits is not None
    assert limits == limits_of(whole)
    assert limits.ceilings["y"].additive.value == 0.5
    assert previews(less, [3]) == previews(whole, [3])
    assert limits_of(less.model_copy(update={"data": wine})) is not None, "nothing to wait for"


def test_a_run_without_its_model_says_how_to_get_one(page: AppTest) -> None:
    opened(page, trained(kept=False))
    well(page)
    (warning,) = page.warning
    assert "no file of this trained model" in warning.value
    assert "Start the run again" in warning.value
    page.button(key="train_again").click().run()
    well(page)
    (latest, *_) = service().store.list(VISITOR)
    assert (latest.name, latest.status) == ("mine", "queued")


def test_readers_see_the_result_of_a_shared_run_and_start_none(
    page: AppTest, xor: Inspection
) -> None:
    trained()
    run = trained("another person")
    opened(page, run)
    assert any("shared with you" in error.value for error in page.error)
    service().store.share(run)
    opened(page, run)
    well(page)
    assert "only they can inspect it" in page.warning[0].value
    inspected(run, xor)
    page.run()
    assert 'class="measures"' in html(page)
    assert "of another person" in page.selectbox(key=key_of(page, "inspected_run")).options[0]
