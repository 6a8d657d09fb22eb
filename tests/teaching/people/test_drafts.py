"""Drafts and saved models: private, limited, and written in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, update

from components.base import clock
from components.base.database.database import remove_old
from components.base.errors import PlaygroundError, RunError, StoreError
from components.experiments.queue.store import Store
from components.teaching.people import draft_store
from components.teaching.people.draft_store import DraftChange, DraftRow, DraftStore
from components.teaching.people.draft_writer import DraftWriter
from tests.experiments.training.support import rows_at
from tests.postgres import both_databases
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.clock

ADA, BOB = "ada", "bob"


def change(
    draft_id: str, text: str, owner: str = ADA, holder: str = "tab", sender: str = ""
) -> DraftChange:
    return DraftChange(owner, draft_id, holder, text, text.encode(), f"{draft_id} again", sender)


def names(drafts: DraftStore, owner: str = ADA) -> list[str]:
    return [model.name for model in drafts.list(owner, saved=True)]


def titles(drafts: DraftStore, owner: str = ADA) -> list[str]:
    return [draft.title for draft in drafts.list(owner, saved=False)]


@both_databases
def test_the_last_state_of_a_draft_is_found_by_its_owner_alone(store: Store) -> None:
    drafts = DraftStore(store.database)
    assert drafts.latest(ADA) is None
    assert drafts.write([change("1", "one"), change("2", "two"), change("1", "one, changed")]) == (
        "1",
        "2",
        "1",
    )
    found, latest = drafts.find(ADA, "1"), drafts.latest(ADA)
    assert found is not None
    assert found == latest
    assert (found.title, found.content, found.holder) == ("one, changed", b"one, changed", "tab")
    assert titles(drafts) == ["one, changed", "two"]
    assert drafts.find(BOB, "1") is None
    assert drafts.latest(BOB) is None
    assert drafts.write([change("1", "of Bob", BOB)]) == ("1",)
    drafts.delete(BOB, "2")
    drafts.hold(BOB, "2", "Bob's tab")
    assert drafts.find(ADA, "1") == found
    assert drafts.write([change("2", "still held")]) == ("2",)


@both_databases
def test_a_draft_that_another_tab_took_over_or_somebody_deleted_is_not_overwritten(
    store: Store,
) -> None:
    drafts = DraftStore(store.database)
    drafts.write([change("1", "first")])
    drafts.hold(ADA, "1", "another tab")
    assert drafts.write([change("1", "mine"), change("1", "mine, too")]) == ("1 again",) * 2
    assert titles(drafts) == ["mine, too", "first"]
    drafts.delete(ADA, "1 again")
    assert drafts.latest(ADA) == drafts.find(ADA, "1")
    (third,) = drafts.write([change("1", "more")])
    assert third not in ("1", "1 again")
    drafts.restore(ADA, "1 again")
    assert titles(drafts) == ["more", "mine, too", "first"]


def test_old_drafts_make_room_and_saved_models_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = DraftStore(store.database)
    drafts.save(ADA, "kept", "model", b"model")
    drafts.write([change("of Bob", "Bob", BOB)])
    monkeypatch.setattr(draft_store, "DRAFTS", 2)
    drafts.write([change(str(number), f"draft {number}") for number in range(4)])
    assert titles(drafts) == ["draft 3", "draft 2"]
    monkeypatch.setattr(draft_store, "OWN_BYTES", 15)
    drafts.write([change("last", "x" * 20)])
    assert titles(drafts) == ["x" * 20]
    assert names(drafts) == ["kept"]
    assert titles(drafts, BOB) == ["Bob"]
    with pytest.raises(RunError, match="Your models may take at most 15 B"):
        drafts.save(ADA, "too large", "model", b"eleven more")
    monkeypatch.setattr(draft_store, "SAVED_MODELS", 1)
    with pytest.raises(RunError, match="at most 1 models"):
        drafts.save(ADA, "second", "model", b"")
    drafts.save(BOB, "second", "model", b"")


@both_databases
def test_saved_models_have_a_total_and_an_address_a_share(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts, model = DraftStore(store.database), b"x" * 10
    monkeypatch.setenv("FUSION_DRAFTS_BYTES", "40")
    school, home = "10.0.0.9", "10.0.0.8"
    for number in range(3):
        drafts.save(f"cookie {number}", "mine", "model", model, school)
    with pytest.raises(RunError, match="from your network address may take at most 30"):
        drafts.save("one more cookie", "mine", "model", model, school)
    drafts.save("cookie 0", "mine", "model", model, school)
    drafts.save(BOB, "mine", "model", model, home)
    with pytest.raises(RunError, match=r"FUSION_DRAFTS_BYTES\)"):
        drafts.duplicate(BOB, drafts.list(BOB, saved=True)[0].id, home)
    monkeypatch.setenv("FUSION_DRAFTS_BYTES", "27")
    drafts.write([change("1", "x" * 8, sender=home), change("2", "x" * 8, sender=home)])
    drafts.write([change("of school", "x", sender=school), change("here", "x" * 30)])
    assert titles(drafts) == ["x" * 30, "x" * 8], "drafts make room, those of this machine do not"
    assert names(drafts, "cookie 0") == names(drafts, BOB) == ["mine"]


@both_databases
def test_what_was_deleted_is_kept_within_the_limits(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = DraftStore(store.database)
    monkeypatch.setattr(draft_store, "OWN_BYTES", 20)
    for number in range(5):
        drafts.save(ADA, "same name", "model", b"x" * 10)
        drafts.write([change(str(number), "x" * 5)])
        drafts.delete(ADA, str(number))
    drafts.write([change("last", "")])
    with rows_at(database_url) as session:
        sizes = session.query(DraftRow.deleted.is_not(None), func.length(DraftRow.content)).all()
    assert sum(size for is_deleted, size in sizes if is_deleted) <= 20
    drafts.restore(ADA, "4")
    assert titles(drafts) == ["", "x" * 5]


@both_databases
def test_saved_models_are_replaced_renamed_copied_deleted_and_brought_back(store: Store) -> None:
    drafts = DraftStore(store.database)
    assert drafts.save(ADA, " my \t model ", "model", b"1") is None
    replaced = drafts.save(ADA, "my model", "model", b"2")
    assert replaced is not None
    (model,) = drafts.list(ADA, saved=True)
    found = drafts.find(ADA, model.id)
    assert found is not None
    assert found.content == b"2"
    drafts.restore(ADA, replaced)
    assert sorted(names(drafts)) == ["my model", "my model 2"]
    drafts.duplicate(ADA, model.id)
    assert sorted(names(drafts)) == ["my model", "my model 2", "my model 3"]
    drafts.rename(ADA, model.id, "other")
    for number in range(2):
        drafts.delete(ADA, replaced)
        assert sorted(names(drafts)) == ["my model 3", "other"], number
    for name in ("", " \x01", "x" * 81):
        with pytest.raises(RunError, match="1 to 80 characters"):
            drafts.rename(ADA, model.id, name)
    drafts.rename(BOB, model.id, "stolen")
    drafts.duplicate(BOB, model.id)
    drafts.delete(BOB, model.id)
    drafts.restore(BOB, replaced)
    assert sorted(names(drafts)) == ["my model 3", "other"]
    assert names(drafts, BOB) == []


def test_what_is_old_or_deleted_long_ago_is_removed_for_good(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = DraftStore(store.database)
    drafts.write([change("old", "old"), change("new", "new"), change("deleted", "deleted")])
    drafts.save(ADA, "saved", "model", b"")
    drafts.delete(ADA, "deleted")
    remove_old(store.database)
    drafts.restore(ADA, "deleted")
    drafts.delete(ADA, "deleted")
    monkeypatch.setattr(draft_store, "DRAFT_DAYS", 10)
    with rows_at(database_url) as session:
        past = update(DraftRow).values(changed=clock.now() - 11 * 86_400)
        session.execute(past.where(DraftRow.id != "new"))
    store.vacuum()
    drafts.restore(ADA, "deleted")
    assert (titles(drafts), names(drafts)) == (["new"], ["saved"])
    drafts.write([change("of Bob", "x" * 30, BOB), change("newest", "x" * 30)])
    monkeypatch.setenv("FUSION_DRAFTS_BYTES", "62")
    remove_old(store.database)
    assert (titles(drafts), titles(drafts, BOB)) == (["x" * 30], ["x" * 30])
    monkeypatch.setenv("FUSION_DRAFTS_BYTES", "30")
    remove_old(store.database)
    assert (titles(drafts), titles(drafts, BOB), names(drafts)) == (["x" * 30], [], ["saved"])


@dataclass
class State:
    """State of a draft whose bytes are created when it is written."""

    text: str
    ids: list[str] = field(default_factory=list)

    def change(self) -> DraftChange:
        return change("1", self.text, sender="10.0.0.9")

    def written(self, draft_id: str) -> None:
        self.ids.append(draft_id)


def test_the_writer_writes_the_last_state_and_answers_after_that(store: Store) -> None:
    writer = DraftWriter(lambda: DraftStore(store.database))
    states = [State(f"state {number}") for number in range(50)]
    for state in states:
        writer.put("tab", state)
    found = writer.ask(lambda drafts: drafts.latest(ADA), PATIENCE_SECONDS)
    assert found is not None
    assert found.title == "state 49"
    assert [state.ids for state in states if state.ids] in ([["1"]], [["1"], ["1"]])
    writer.put("tab", State("last"))
    writer.close()
    assert titles(DraftStore(store.database)) == ["last"]


def test_a_value_that_can_not_be_stored_costs_nobody_else_a_draft(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Forged(State):
        def change(self) -> DraftChange:
            raise TypeError("Object of type bytes is not JSON serializable")

    writer = DraftWriter(lambda: DraftStore(store.database))
    forged, kept = Forged("forged"), State("kept")
    writer.put("tab of a stranger", forged)
    writer.put("tab", kept)
    found = writer.ask(lambda drafts: drafts.latest(ADA), PATIENCE_SECONDS)
    writer.close()
    assert found is not None
    assert (found.title, forged.ids) == ("kept", [])
    assert len(caplog.messages) == 1


def test_the_writer_goes_on_once_the_database_can_be_used(store: Store) -> None:
    usable = threading.Event()

    def drafts() -> DraftStore:
        if usable.is_set():
            return DraftStore(store.database)
        raise StoreError("The disk must have room.", "none", "Free some.")

    writer = DraftWriter(drafts)
    writer.put("tab", State("kept"))
    with pytest.raises(PlaygroundError, match="must have room"):
        writer.ask(lambda drafts: drafts.latest(ADA), PATIENCE_SECONDS)
    assert isinstance(writer.failure, StoreError)
    usable.set()
    wait_until(lambda: writer.failure is None)
    assert titles(DraftStore(store.database)) == ["kept"]
    writer.close()


def test_a_limit_that_is_no_number_is_reported_and_stops_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = DraftWriter(lambda: DraftStore(store.database))
    monkeypatch.setenv("FUSION_DRAFTS_BYTES", "many")
    writer.put("tab", State("lost"))
    assert writer.ask(lambda drafts: drafts.latest(ADA), PATIENCE_SECONDS) is None
    assert "FUSION_DRAFTS_BYTES" in str(writer.failure)
    monkeypatch.delenv("FUSION_DRAFTS_BYTES")
    writer.put("tab", State("kept"))
    writer.close()
    assert writer.failure is None
    assert titles(DraftStore(store.database)) == ["kept"]
