"""Class rooms without a browser: the dialog, a learner's panel, and the teacher's page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.state import SessionState
from streamlit.testing.v1 import AppTest

from components.app.pages.room import class_view, panel, race_view, vote_view
from components.app.pages.room import tab as room_tab
from components.app.parts.editor.draft_content import DraftContent, pack, unpack
from components.app.parts.editor.drafts import drafted
from components.app.parts.frame import draft_tab, watch
from components.app.parts.frame.draft_tab import FIND_SECONDS
from components.app.parts.widgets.html_parts import unbroken
from components.base.errors import StoreError
from components.base.markup import message_markdown
from components.experiments.queue.run_service import service
from components.experiments.races.plan import requests
from components.experiments.training.requests import RunRequest
from components.sharing.links.link import parse_link
from components.teaching.lessons import library
from components.teaching.lessons.hand_in import HandIn, parse_hand_in
from components.teaching.people.activity import Activity
from components.teaching.people.draft_store import DraftChange, DraftStore
from components.teaching.people.lesson_store import LessonProgress, LessonStore
from components.teaching.rooms import plan_races
from components.teaching.rooms.content import RoomMember, SentLink
from components.teaching.rooms.learner_state import LearnerState
from components.teaching.rooms.plan import shipped_plans
from components.teaching.rooms.plan_races import PlanRaces
from components.teaching.rooms.results import csv_text
from components.teaching.rooms.roles import RoomLimits, Rooms
from components.teaching.rooms.store import room_store
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.app.pages.desk import BUILD, VISITOR, arrival, editor, html, open_preset, well
from tests.experiments.races.support import events, result_of, small_race
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.clock

LEARNER = "fedcba9876543210" * 2
RIGHT = "In half of the cases"
HOSTILE = "=<b>Zoe</b>"
HISTOGRAM = 'class="histogram"'


def rooms(visitor: str = VISITOR) -> Rooms:
    return Rooms(service().store, visitor, RoomLimits())


@pytest.fixture
def room(keras_is_in: None) -> Iterator[str]:
    """Open a room that the visitor of the app teaches, with one learner."""
    code, _ = rooms().open()
    rooms(LEARNER).join(code, HOSTILE)
    yield code
    rooms().teacher(code).close()


def visit(page: str = BUILD, visitor: str = VISITOR, **query: str) -> AppTest:
    return arrival(page, visitor, **query).run()


def answers(room: str) -> dict[int, str]:
    """Return the answers of the learner who joined last, by the number of the question."""
    return dict(rooms().teacher(room).room().learners[-1].choices)


def texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join([html(app), *(str(element.value) for element in shown)])


def test_a_link_asks_for_a_nickname_and_a_learner_joins_votes_and_leaves(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit(visitor="1" * 32, room=room)
    assert app.text_input(key="join_code").value == room
    app.text_input(key="join_nickname").set_value("Ada")
    app.button(key="join").click().run()
    rooms().teacher(room).open_vote("Who wins?", ["a *sum*", "a product"])
    app.run()
    assert "Who wins?" in texts(app)
    assert panel.NAMELESS in texts(app)
    next(one for one in app.radio if one.label == "Your vote").set_value("a product").run()
    next(one for one in app.button if one.label == "Lock the vote").click().run()
    assert answers(room) == {1: "a product"}
    assert [toast.value for toast in app.toast] == ["Your answer is locked: **a product**"]
    assert "room_dismiss" not in {button.key for button in app.button}
    rooms().teacher(room).change_vote(shown=True)
    app.run()
    assert "The class has voted." in texts(app)
    assert "1 learner" in html(app)
    assert "room_dismiss" in {button.key for button in app.button}
    monkeypatch.setattr(panel, "READING_SECONDS", -1.0)
    app.run()
    assert "The class has voted." not in texts(app), "it closes by itself"
    again = visit(visitor="1" * 32)
    assert again.session_state["room_tab"].learner == room, "a reload finds the room"
    assert "Zoe" not in texts(app)
    rooms("1" * 32).learner(room).leave()
    app.run()
    assert f"no longer in the class room {room}" in texts(app)


def test_the_server_requests_a_panel_once_its_room_has_changed_and_its_session_is_idle(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(visitor=LEARNER)
    asked: list[ClientState] = []
    at_work = iter([True, False])

    def handle(drawing: BackMsg) -> None:
        asked.append(drawing.rerun_script)
        raise asyncio.CancelledError

    class Session:
        session_state = SessionState()
        handle_backmsg = staticmethod(handle)

        @property
        def _scriptrunner(self) -> str | None:
            return "a script runs" if next(at_work) else None

    monkeypatch.setattr(
        runtime,
        "get_instance",
        lambda: SimpleNamespace(get_app_session=lambda _: Session()),
    )
    Session.session_state.query_params.set_with_no_forward_msg("run", "a b")
    rooms().teacher(room).open_vote("Who wins?", ["a sum", "a product"])
    looking = asyncio.wait_for(watch.check_watched(), PATIENCE_SECONDS)
    with ThreadPoolExecutor(1) as thread, pytest.raises(asyncio.CancelledError):
        thread.submit(asyncio.run, looking).result()
    assert len(asked) == 1
    assert asked[0].fragment_id, "the panel alone is drawn"
    assert asked[0].query_string == "run=a+b", "the address is the present one"
    assert not list(at_work), "nothing was asked while the session was at work"


def test_a_vote_that_is_refused_stays_in_its_form(room: str) -> None:
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Vote").run()
    app.text_input(key="room_question").set_value("Who wins?")
    app.text_area(key="room_choices").set_value("sum")
    ask = "FormSubmitter:room_bet_form-Open the vote"
    app.button(key=ask).click().run()
    assert "(1 choice)" in app.error[0].value
    assert app.text_input(key="room_question").value == "Who wins?"
    app.text_area(key="room_choices").set_value("sum\nproduct")
    app.button(key=ask).click().run()
    assert not app.error
    assert app.text_area(key="room_choices").value == ""
    assert [vote.question.text for vote in rooms().teacher(room).content().bets] == ["Who wins?"]
    rooms(LEARNER).learner(room).vote(1, "sum")
    app.run()
    assert "1 of 1 learner have voted. The vote is open." in texts(app)
    app.button(key="room_bet_open").click().run()
    assert "The vote is closed." in texts(app)
    assert HISTOGRAM not in html(app), "the screen gives nothing away"
    app.button(key="room_bet_shown").click().run()
    assert HISTOGRAM in html(app)


def test_a_question_in_brief_ends_with_a_word_or_within_a_long_one() -> None:
    assert vote_view.brief("Which *merge* wins\nhere?", 17) == "Which merge …"
    assert vote_view.brief("1. " + 20 * "很", 10) == "1. " + 5 * "很" + " …"


def test_a_link_that_the_database_does_not_answer_asks_again(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit(visitor="a1" * 16)
    monkeypatch.setattr(room_tab, "rooms_of", raise_timeout)
    monkeypatch.setattr(draft_tab, "FIND_SECONDS", 0)
    del app.session_state["room_tab"]
    app.query_params["room"] = room
    app.run()
    assert room_tab.NO_ANSWER in texts(app)
    assert app.text_input(key="join_code").value == room


def raise_timeout(_: str) -> None:
    raise TimeoutError


def test_the_link_of_a_closed_room_reports_that_in_each_window() -> None:
    code, _ = rooms("e" * 32).open()
    rooms("2" * 32).join(code, "Ada")
    window = visit(visitor="2" * 32)
    assert f'"room": "{code}"' in html(window), "its address keeps the code for a reload"
    rooms("e" * 32).teacher(code).close()
    window.run()
    assert f"The class room {code} was closed." in texts(window)
    assert '"room": ""' in html(window)
    second = visit(visitor="2" * 32, room=code)
    assert f"There is no open room with the code {code}." in texts(second)
    second.text_input(key="join_nickname").set_value("Ada")
    second.button(key="join").click().run()
    assert "no open room" in second.error[0].value


def test_the_teachers_link_opens_the_room_and_leaves_the_address(room: str) -> None:
    secret = rooms().teacher(room).new_secret()
    app = visit("pages/Room.py", "3" * 32, teach=secret)
    assert room_tab.SECRET not in app.query_params
    assert app.session_state["room_tab"].teacher == room
    assert "&lt;b&gt;Zoe" in html(app)
    refused = visit("pages/Room.py", "4" * 32, teach="wrong")
    assert "link is of a room that has ended" in texts(refused)
    assert "Zoe" not in texts(refused)


@pytest.mark.parametrize("visitor", [LEARNER, "5" * 32])
def test_the_page_shows_nothing_to_other_people_than_the_teacher(room: str, visitor: str) -> None:
    rooms("6" * 32).join(room, "Somebody")
    app = visit("pages/Room.py", visitor)
    assert "Somebody" not in texts(app)
    assert "room_csv" not in {button.key for button in app.button}
    assert not app.exception


def test_an_example_shows_a_class_until_somebody_has_joined(keras_is_in: None) -> None:
    app = visit("pages/Room.py", "4" * 32)
    well(app)
    assert ":violet-badge[Example]" in texts(app)
    assert all(name in html(app) for name, *_ in class_view.EXAMPLE_LEARNERS)
    assert [html(app).count(f"</i>{word}<") for word in ("finished", "stuck", "working")] == [1] * 3
    app.button(key="room_open").click().run()
    assert "Nobody has joined yet" in texts(app)
    assert ":violet-badge[Example]" in texts(app)
    code = app.session_state["room_tab"].teacher
    rooms(LEARNER).join(code, HOSTILE)
    app.run()
    assert ":violet-badge[Example]" not in texts(app)
    assert "Zoe" in html(app)
    rooms("4" * 32).teacher(code).close()


def test_the_grid_has_the_lessons_checks_and_shows_a_model(room: str) -> None:
    name = library.names()[0]
    first, second, *_ = [check.id for check in library.load(name).checks]
    teacher = rooms().teacher(room)
    teacher.send(SentLink.of_lesson(name))
    store = service().store
    progress = LessonProgress(lesson=name, passed=(first,), tries={first: 2, second: 3})
    LessonStore(store.database).put(LEARNER, progress.model_copy(update={"failed_in_row": 3}))
    lesson = library.load(name)
    token = HandIn(lesson=name, digest=lesson.digest, work=lesson.solution).token()
    rooms(LEARNER).learner(room).hand_in(token)
    rooms(LEARNER).learner(room).bring("multiply")
    teacher.open_vote("Who wins?", ["a sum", "a product"])
    rooms(LEARNER).learner(room).vote(len(teacher.content().bets), "a sum")
    app = visit("pages/Room.py")
    shown = html(app)
    assert [part in shown for part in ("✓ 2", "✗ 3", "stuck")] == [True] * 3
    assert shown.count("<td>✓</td>") == 2, "handed in, and voted"
    assert "<td>Multiply</td>" in shown
    assert "1. Seeing one input, what …</span>" in shown
    app.button(key="room__show_model").click().run()
    assert "not changed a model" in app.error[0].value
    model = presets.load("wide_and_deep")
    packed = pack(DraftContent(drafted(model), model))
    DraftStore(store.database).write([DraftChange(LEARNER, "one", "", "A model", packed, "two")])
    app.button(key="room__show_model").click().run()
    work = teacher.content().shown
    assert work is not None
    assert (work.kind, work.title) == ("model", "Wide and deep")
    assert app.segmented_control(key="room_view").value == "Projector"
    assert not app.error
    head, row, _ = csv_text(teacher).splitlines()
    assert head.startswith(f"nickname,joined,state,{name} {first} passed,{name} {first} tries,")
    assert row.startswith(f"'{HOSTILE}"), "a cell of the CSV is never a formula"
    assert ",stuck,yes,2,no,3," in row
    assert ",yes,multiply," in row, "the work was handed in"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "working"),
        (61, "working, idle for a minute"),
        (185, "working, idle for 3 minutes"),
        (7300, "away for 2 hours"),
    ],
)
def test_idle_time_is_in_words(seconds: float, words: str) -> None:
    progress = LessonProgress(lesson="")
    member = RoomMember("", 1, "Ada", 0.0, "", {})
    learner = LearnerState(member, Activity(), progress, seconds)
    assert class_view.state(learner).endswith(f"</i>{words}")


def test_work_is_sent_to_the_teacher_by_one_button(room: str) -> None:
    lesson = library.load("who_works")
    passed = tuple(check.id for check in lesson.checks)
    last = len(lesson.steps) - 1
    progress = LessonProgress(lesson="who_works", step=last, passed=passed, done=1.0)
    LessonStore(service().store.database).put("b" * 32, progress)
    app = visit("pages/6_Learn.py", "b" * 32, lesson="who_works", room=room)
    app.button(key="lesson_hand_in").click().run()
    app.text_input(key="join_nickname").set_value("Ada")
    app.button(key="join").click().run()
    receipt = "Your teacher has your work."
    assert receipt not in texts(app), "it was handed in before there was a room"
    assert app.button(key="lesson_hand_in").label == "Send to my teacher"
    assert app.button(key="lesson_onwards").proto.type == "secondary"
    app.button(key="lesson_hand_in").click().run()
    assert app.button(key="lesson_hand_in").label == "Send again"
    assert app.button(key="lesson_onwards").proto.type == "primary"
    assert receipt in texts(app)
    assert receipt in texts(visit("pages/6_Learn.py", "b" * 32, lesson="who_works"))
    (work,) = rooms().teacher(room).room().learners[-1].handed_in.values()
    assert parse_hand_in(work).lesson == "who_works"


def test_a_teacher_stops_a_learners_runs_and_those_of_all(room: str) -> None:
    store, data = service().store, DataSpec(relation=RELATIONS["xor"](), samples=40)
    asked = RunRequest(architecture=presets.load("wide_and_deep"), data=data)
    first = store.create(asked, LEARNER)
    app = visit("pages/Room.py")
    app.button(key="room_stop_one").click().run()
    second = store.create(asked, LEARNER)
    assert [store.get(run).status for run in (first, second)] == ["stopped", "queued"]
    app.button(key="room_stop_all").click().run()
    assert store.get(second).status == "stopped"
    assert not app.error


def test_a_teacher_keeps_others_out_and_removes_several_at_once(room: str) -> None:
    teacher = rooms().teacher(room)
    app = visit("pages/Room.py")
    app.toggle(key="room_closed").set_value(True).run()
    assert not teacher.content().admits
    assert "No new learners now" in html(app)
    refused = visit(visitor="7" * 32, room=room)
    refused.text_input(key="join_nickname").set_value("Ada")
    refused.button(key="join").click().run()
    assert "takes no new learners now" in refused.error[0].value
    app.toggle(key="room_closed").set_value(False).run()
    for number in range(3):
        rooms(str(number) * 32).join(room, f"Bot {number}")
    app.run()
    several = app.multiselect(key="room_removed")
    assert several.options == ["Bot 2", "Bot 1", "Bot 0", HOSTILE]
    several.set_value([4, 2]).run()
    app.button(key="room_remove_several").click().run()
    assert [one.nickname for one in teacher.room().learners] == [HOSTILE, "Bot 1"]
    assert app.multiselect(key="room_removed").value == []
    assert app.button(key="room_remove_several").disabled
    assert not app.exception


def test_a_room_gets_a_new_code_and_the_windows_of_its_people_continue(room: str) -> None:
    inside = "f0" * 16
    rooms(inside).join(room, "Ada")
    learner, app = visit(visitor=inside, room=room), visit("pages/Room.py")
    app.button(key="room_new_code").click().run()
    latest = rooms().teacher(room).join_code
    assert f"{latest[:3]} {latest[3:]}" in html(app)
    learner.run()
    assert f'"room": "{latest}"' in html(learner), "its address has the new code"
    for code in (room, latest):
        again = visit(visitor=inside, room=code)
        assert again.session_state["room_tab"].learner == room
        assert "join_nickname" not in {field.key for field in again.text_input}
    late = visit(visitor="8" * 32, room=room)
    assert f"There is no open room with the code {room}." in texts(late)


def test_a_database_that_fails_is_not_named_to_a_visitor(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit(visitor="9" * 32, room=room)

    def fails(*_: object) -> None:
        raise StoreError("The database must answer.", "/secret/path", "Try again.")

    monkeypatch.setattr(room_store(service().store.database), "join", fails)
    app.text_input(key="join_nickname").set_value("Ada")
    app.button(key="join").click().run()
    assert app.error[0].value == "The database must answer. Try again."


def test_a_lesson_is_sent_by_its_name_its_address_or_its_token() -> None:
    for text in ("xor", " http://school/?lesson=xor&d=0a1b ", "http://school/Train?d=0&lesson=xor"):
        sent = SentLink.of_lesson(text)
        assert (sent.target, sent.lesson) == ("xor", "xor")
    own = library.load("xor").model_copy(update={"title": "Mine"})
    for text in (own.token(), f"http://school/?lesson={own.token()}"):
        sent = SentLink.of_lesson(text)
        assert (sent.target, sent.title, sent.lesson) == (own.token(), "Mine", own.linked_name)


@pytest.mark.parametrize("present", ["0", "1"])
def test_a_room_that_only_this_computer_can_open_has_a_warning(
    room: str, monkeypatch: pytest.MonkeyPatch, present: str
) -> None:
    monkeypatch.setattr(room_tab, "only_here", lambda: "Only this computer can open it.")
    app = visit("pages/Room.py", present=present)
    assert [warning.value for warning in app.warning] == ["Only this computer can open it."]


def test_the_projector_shows_a_board_of_the_class_without_names(room: str) -> None:
    teacher, store = rooms().teacher(room), service().store
    teacher.send(SentLink.of_lesson("xor"))
    check = library.load("xor").checks[1]
    progress = LessonProgress(lesson="xor", wrong={check.id: (4.0,)})
    LessonStore(store.database).put(LEARNER, progress)
    projector = visit("pages/Room.py", present="1")
    assert f"{room[:3]} {room[3:]}" in html(projector)
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Projector").run()
    app.button(key="room_board_runs").click().run()
    projector.run()
    assert "Nobody has trained" in texts(projector)
    run = store.create(requests(small_race())[0], LEARNER, "a run")
    store.append(run, *events(0.9))
    projector.run()
    (chart,) = projector.get("echarts_chart")
    assert "of 1 of 1 learner, from 90.0 % to 90.0 %" in str(chart.proto)
    app.selectbox(key="room_question_shown").set_value(check.id).run()
    app.button(key="room_board_answers").click().run()
    projector.run()
    assert check.text in texts(projector)
    assert all(part in html(projector) for part in ("4 cases", "1 learner"))
    assert "Zoe" not in texts(projector)
    app.button(key="room_hide").click().run()
    projector.run()
    assert f"{room[:3]} {room[3:]}" in html(projector)
    app.segmented_control(key="room_view").set_value("Class").run()
    app.button(key="room__show_run").click().run()
    view = rooms(LEARNER).learner(room).view()
    assert view is not None
    assert view.shown is not None
    assert view.shown.kind == "run"
    assert {"Accuracy", "Epochs", "Parameters"} <= dict(view.shown.figures).keys()
    assert "chance" in view.shown.verdict
    projector.run()
    assert message_markdown(unbroken(view.shown.verdict)) in texts(projector)
    assert LEARNER not in repr(view), "whose run it is, is not said"


def test_a_class_races_its_submitted_merges(room: str) -> None:
    rooms(LEARNER).learner(room).bring("gated")
    rooms("8" * 32).join(room, "Ada")
    rooms("8" * 32).learner(room).bring("film:then=conv2d/padding=same")
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Race").run()
    app.number_input(key="room_race_seeds").set_value(1).run()
    app.button(key="room_race_start").click().run()
    assert [error.value for error in app.error] == []
    race = rooms().teacher(room).content().race
    assert race is not None
    assert race.nicknames == {"gated": (HOSTILE,)}, "what fits no model is left out"
    assert "&lt;b&gt;Zoe" in html(app)
    sweep = service().store.sweeps.find(race.sweep)
    assert sweep is not None
    assert (sweep.owner, sweep.shared) == (VISITOR, True)


def test_a_plan_continues_with_one_button_and_asks_if_the_class_is_not_ready(room: str) -> None:
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Plan").run()
    app.button(key="plan_use_demo").click().run()
    teacher = rooms().teacher(room)
    assert app.button(key="plan_next").label == "Begin: Come in"
    app.button(key="plan_next").click().run()
    assert "1 have joined" in texts(app)
    rooms("6" * 32).join(room, "Eve")
    assert "**Now: Come in.** Listen to your teacher." in texts(visit(visitor="6" * 32))
    rooms("6" * 32).learner(room).leave()
    app.button(key="plan_next").click().run()
    assert "0 of 1 have answered" in texts(app)
    assert "one of two switches" in html(app)
    app.button(key="plan_next").click().run()
    assert app.button(key="plan_next").label == "0 of 1 have answered: go on?"
    rooms(LEARNER).learner(room).vote(1, "Always")
    app.button(key="plan_next").click().run()
    assert [vote.open for vote in teacher.content().bets] == [False, True]
    app.button(key="plan_back").click().run()
    place = teacher.content().plan
    assert place is not None
    assert place.at == 1
    assert not app.error


def test_a_plans_race_starts_when_its_item_begins(room: str) -> None:
    teacher = rooms().teacher(room)
    plan = shipped_plans()["demo"]
    teacher.use_plan(plan.yaml_text())
    race = [item.kind for item in plan.items].index("race")
    teacher.go(-1, race - 1)
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Plan").run()
    app.button(key="plan_next").click().run()
    app.button(key="plan_next").click().run()
    assert "The server prepares the race" in texts(app)
    races = PlanRaces(service, lambda: True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_races, "plan_race", lambda _: 1 // 0)
        races.start_due()
    app.run()
    assert [error.value for error in app.error] == [plan_races.NOT_STARTED]
    app.button(key="plan_race").click().run()
    races.start_due()
    app.run()
    assert not app.error
    started = teacher.content().race
    assert started is not None
    assert started.item == race
    assert list(started.nicknames) == ["add", "concatenate", "multiply", "absolute_difference"]
    assert "of 12 runs have ended" in texts(app)
    rooms("6" * 32).join(room, "Eve")
    seen = texts(visit(visitor="6" * 32))
    assert "Watch the race." in seen
    assert HISTOGRAM in seen
    assert "Absolute difference" in seen
    screen = visit("pages/Room.py", present="1")
    assert "Absolute difference" in html(screen)
    assert "<th>From" not in html(screen), "the teacher chose the strategies"


def test_the_bars_of_a_race_have_means_and_chance() -> None:
    result = result_of(small_race(), lambda kind, *_: {"add": 0.5, "multiply": 0.9}[kind])
    drawn = race_view.bars(result)
    parts = ("Multiply", "90.0\N{NO-BREAK SPACE}%", "Add", "Chance", "width:50.00%")
    assert all(part in drawn for part in parts)
    assert drawn.index("Multiply") < drawn.index("Add") < drawn.index("Chance"), "the best first"
    assert "width:90.00%" in drawn


def test_a_race_has_a_sentence_once_it_is_complete() -> None:
    result = result_of(small_race(), lambda kind, *_: {"add": 0.5, "multiply": 0.9}[kind])
    assert "No difference is shown between Multiply and Add." in race_view.sentence(result)
    alone = race_view.sentence(result_of(small_race("add"), lambda *_: 0.5))
    assert "A verdict needs at least 2 strategies." in alone
    running = result_of(small_race(), lambda *_: 0.5, seeds=[0])
    assert not race_view.sentence(running)
    assert not race_view.sentence(None)


def test_the_csv_has_before_after_and_gain(room: str) -> None:
    teacher, learner = rooms().teacher(room), rooms(LEARNER).learner(room)
    plan = shipped_plans()["demo"]
    teacher.use_plan(plan.yaml_text())
    asks = [at for at, item in enumerate(plan.items) if item.kind == "ask"]
    before = -1
    for number, (at, answer) in enumerate(zip(asks, ("Always", "", "", RIGHT), strict=False), 1):
        teacher.go(before, at)
        before = at
        if answer:
            learner.vote(number, answer)
    head, learners, row = csv_text(teacher).splitlines()
    assert "Always" not in learners, "answers have no names"
    assert head.endswith("alone before,alone after,alone gain,sum before,sum after,sum gain")
    votes = f",Always,,,{RIGHT}"
    assert row.endswith(f"{votes},Always,{RIGHT},1,,,")
    teacher.go(before, len(plan.items))
    assert "| 1 | 0 | 1 |" in texts(visit("pages/Room.py")), "answered twice, right before, after"


def test_a_lesson_of_ones_own_is_sent_by_its_link(room: str) -> None:
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Send").run()
    own = library.load("xor").model_copy(update={"title": "Mine"}).token()
    app.text_input(key="room_of_lesson_link").set_value(f"http://school/?lesson={own}")
    app.button(key="FormSubmitter:room_send_of_lesson-Send this lesson").click().run()
    assert "the lesson **Mine**" in texts(app)
    view = rooms(LEARNER).learner(room).view()
    assert view is not None
    assert view.sent is not None
    assert view.sent.target == own


def test_a_lesson_opens_at_the_step_that_the_teacher_sends(room: str) -> None:
    rooms().teacher(room).send(SentLink.of_lesson("xor", 2))
    rooms("a2" * 16).join(room, "Ada")
    app = visit(visitor="a2" * 16, room=room)
    assert "Why can't a late sum do xor?**, step 2" in texts(app)
    app.query_params = {"lesson": "xor", "step": "2"}  # What a link in a page sends.
    app.run()
    assert "Make the inputs meet" in texts(app)
    draft = app.session_state["draft_tab"].id
    assert app.query_params == {"d": draft, "lesson": "xor", "room": room}, (
        "a browser sends this to a restarted server"
    )
    assert "step 2" not in texts(app), "what is open is no news"


def test_a_class_is_asked_for_a_number(room: str) -> None:
    plan = shipped_plans()["meeting"]
    teacher = rooms().teacher(room)
    teacher.use_plan(plan.yaml_text())
    teacher.go(-1, 2)
    rooms("a3" * 16).join(room, "Ada")
    app = visit(visitor="a3" * 16)
    number = app.number_input(key="room_choice_line_1")
    assert number.label == "Number of cases"
    number.set_value(3).run()
    app.button(key="room_choice_line_1.lock").click().run()
    assert answers(room) == {1: "3"}
    assert not app.exception


def test_a_plan_is_made_of_lessons(room: str) -> None:
    app = visit("pages/Room.py")
    app.segmented_control(key="room_view").set_value("Plan").run()
    app.multiselect(key="plan_lessons").set_value(["xor", "small"]).run()
    app.multiselect(key="plan_questions").set_value(["xor_concatenation"]).run()
    app.button(key="plan_use_made").click().run()
    content = rooms().teacher(room).content()
    assert content.plan is not None
    assert "xor_concatenation" in content.plan.source
    assert app.button(key="plan_next").label == "Begin: Come in"
    app.button(key="plan_leave").click().run()
    assert rooms().teacher(room).content().plan is None
    assert not app.error


OWN, THEIRS = "siamese_distance", "wide_and_deep"
"""Models of a learner and of the teacher."""


@pytest.fixture
def led(room: str) -> tuple[AppTest, AppTest]:
    """Return a teacher, and a learner with a model of their own who follows the teacher."""
    teacher, learner = visit(), visit(visitor="c" * 32, room=room)
    open_preset(teacher, THEIRS)
    learner.text_input(key="join_nickname").set_value("Ada")
    learner.button(key="join").click().run()
    assert [toast.value for toast in learner.toast] == [
        f"You have joined room **{room}** as **Ada**."
    ]
    open_preset(learner, OWN)
    teacher.switch_page("pages/Room.py").run()
    teacher.button(key="room_lead").click().run()
    learner.run()
    assert model_of(learner) == THEIRS
    return teacher, learner


def model_of(app: AppTest) -> str:
    return editor(app).valid.name


def test_a_learner_follows_page_model_and_layer_and_keeps_their_own(
    led: tuple[AppTest, AppTest],
) -> None:
    teacher, learner = led
    teacher.switch_page(BUILD).run()
    editor(teacher).select("deep_dense_1")
    teacher.run()
    learner.run()
    assert editor(learner).selected == "deep_dense_1"
    teacher.switch_page("pages/1_Train.py").run()
    learner.run()
    assert "Train the model" in html(learner)
    stored = draft_tab.writer().ask(lambda drafts: drafts.latest("c" * 32), FIND_SECONDS)
    assert stored is not None
    assert unpack(stored.content).valid.name == OWN
    teacher.switch_page("pages/Room.py").run()
    teacher.button(key="room_lead").click().run()
    learner.run()
    assert model_of(learner) == OWN
    assert "follow your teacher" not in texts(learner)


def test_a_learner_stops_comes_back_and_takes_the_model(led: tuple[AppTest, AppTest]) -> None:
    teacher, learner = led
    learner.button(key="room_unfollow_line").click().run()
    assert model_of(learner) == OWN
    teacher.switch_page(BUILD).run()
    open_preset(teacher, "two_tower")
    assert model_of(learner.run()) == OWN
    learner.button(key="room_follow_line").click().run()
    assert model_of(learner) == "two_tower"
    learner.button(key="room_take_line").click().run()
    open_preset(teacher, THEIRS)
    assert model_of(learner.run()) == "two_tower"
    learner.button(key="undo").click().run()
    assert model_of(learner) == OWN


def test_a_learner_who_acts_stops_following_and_loses_nothing(
    room: str, led: tuple[AppTest, AppTest]
) -> None:
    _, learner = led
    learner.switch_page("pages/4_Strategies.py").run()
    assert model_of(learner) == OWN
    learner.button(key="room_follow_line").click().run()
    assert model_of(learner) == THEIRS
    learner.switch_page(BUILD).run()
    open_preset(learner, "two_tower")
    assert (model_of(learner), learner.session_state["room_tab"].left) == ("two_tower", True)
    learner.button(key="undo").click().run()
    assert model_of(learner) == OWN
    learner.button(key="room_follow_line").click().run()
    assert model_of(learner) == THEIRS
    rooms("c" * 32).learner(room).leave()
    learner.run()
    assert model_of(learner) == OWN, "who is out of the room has their own model again"


def test_each_room_of_a_teacher_follows_its_own_tab(room: str) -> None:
    second, _ = rooms().open()
    for code, preset in ((room, THEIRS), (second, "two_tower")):
        tab = visit(room=code)
        open_preset(tab, preset)
        tab.switch_page("pages/Room.py").run()
        tab.button(key="room_lead").click().run()
    shown = [rooms().teacher(code).content().led for code in (room, second)]
    assert [parse_link(led.token).architecture.name for led in shown if led] == [
        THEIRS,
        "two_tower",
    ]
    rooms("c" * 32).join(second, "Ada")
    rooms("c" * 32).join(room, "Ada")
    followed = [model_of(visit(visitor="c" * 32, room=code)) for code in (room, second)]
    assert followed == [THEIRS, "two_tower"]
    rooms().teacher(second).close()


def test_next_in_a_closed_room_reports_that() -> None:
    code, _ = rooms("e" * 32).open()
    teacher = rooms("e" * 32).teacher(code)
    teacher.use_plan(shipped_plans()["demo"].yaml_text())
    app = visit("pages/Room.py", "e" * 32)
    teacher.close()
    app.button(key="plan_next").click().run()
    assert "Your class room is closed" in app.warning[0].value
    assert not app.exception
