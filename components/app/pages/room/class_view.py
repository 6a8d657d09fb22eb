"""Grid of a class: learners by checks, drawn again each second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st
from markupsafe import Markup

from components.app.pages.room.tab import action, confirmed, live
from components.app.pages.room.vote_view import asked, brief
from components.app.parts.data.run_verdict import known_verdicts
from components.app.parts.editor import draft_content
from components.app.parts.widgets import html_parts, layout
from components.app.parts.widgets.html_parts import Figure
from components.base.errors import RunError
from components.base.text import humanize, plural
from components.experiments.queue.run import Run
from components.experiments.races.entries import parse_entry
from components.experiments.training.events import Report
from components.models.drawing.html_table import html_table
from components.sharing.links.link import share
from components.teaching.people.activity import Activity
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent, RoomMember, SentLink, ShownWork
from components.teaching.rooms.learner_state import LearnerState, StateName
from components.teaching.rooms.plan import shipped_plans
from components.teaching.rooms.teacher import RoomTeacher

IDLE_SECONDS = 60.0
"""Idle seconds from which the time is shown."""
VERDICT_SECONDS = 6.0
"""Seconds to wait for the ceilings that a verdict compares with, the first time for some data."""
PROJECTOR = "Projector"
LEGEND = "✓ passed · ✗ tried, not passed · – not answered. A number counts the tries."
HEAD_LETTERS = 30
"""Letters of a question at the head of its column."""
EXAMPLE = "xor"
"""Lesson of the example."""
QUESTION = "demo"
"""Plan whose first question the example asks."""
EXAMPLE_LEARNERS = (("A", 99, 0, "multiply"), ("B", 1, 3, "add"), ("C", 3, 1, ""))
"""Nickname, passed checks (99: all), failed tries of the next check, and submitted merge."""
_DOTS = {"stuck": "no", "finished": "yes", "training": "works"}
"""Colours of dots by state; all others are grey."""
_SCROLLS = Markup(
    '<div class="room-scroll" tabindex="0" role="group" aria-label="Learners">{}</div>'
)


@live
def class_view(room: RoomTeacher) -> None:
    """Draw the learners, the progress of each, and the actions on them."""
    learners, content = room.learners(), room.content()
    if not learners:
        st.caption("Nobody has joined yet. Learners join with the code above.")
        example_class()
        return
    st.html(html_parts.figures(_figures(learners, room.waiting()), small=True))
    st.html(_grid(learners, content))
    if content.lesson:
        st.caption(LEGEND)
    _actions(learners, room)


def example_class() -> None:
    """Draw an example of a class in a lesson, and of a question that it answers."""
    sent = SentLink.of_lesson(EXAMPLE)
    content = RoomContent(lesson=sent)
    learners = [_example_learner(content, *values) for values in EXAMPLE_LEARNERS]
    question = shipped_plans()[QUESTION].questions[0]
    with st.container(border=True, key="room_example"):
        st.markdown(f":violet-badge[Example] **You see each learner in the lesson *{sent.title}***")
        st.html(html_parts.figures(_figures(learners, 0), small=True))
        st.html(_grid(learners, content))
        st.caption(LEGEND)
        st.markdown("**Learners answer your questions on their page, and you show the counts**")
        asked(question, "example", dict(zip(question.choices, (2, 1, 0), strict=True)))


def _example_learner(
    content: RoomContent, nickname: str, passed: int, failed: int, merge: str
) -> LearnerState:
    lesson, ids = (
        content.lesson.lesson if content.lesson else "",
        [one.id for one in content.checks],
    )
    tries = dict.fromkeys(ids[:passed], 1) | dict.fromkeys(ids[passed : passed + 1], failed)
    done = passed >= len(ids)
    progress = LessonProgress(
        lesson=lesson, passed=tuple(ids[:passed]), tries=tries, failed_in_row=failed, done=done
    )
    member = RoomMember("", 0, nickname, 0.0, merge, {}, handed_in={lesson: ""} if done else {})
    return LearnerState(member, Activity(), progress, 0.0)


def _grid(learners: Sequence[LearnerState], content: RoomContent) -> Markup:
    """Return the table. Names are escaped."""
    checks, vote = content.checks, content.vote
    lesson = content.lesson.lesson if content.lesson else ""
    titles: list[str] = [_question(number, check.text) for number, check in enumerate(checks, 1)]
    if checks:
        titles.append("Handed in")
    if vote:
        titles.append("Vote")
    rows = []
    for learner in learners:
        member = learner.member
        cells = [cell(learner, check.id) for check in checks]
        if checks:
            cells.append("✓" if lesson in member.handed_in else "–")
        if vote:
            cells.append("✓" if vote.number in member.choices else "–")
        merge = parse_entry(member.entry).title if member.entry else "–"
        rows.append((member.nickname, state(learner), *cells, _run(learner), merge))
    head = ("Learner", "State", *titles, "Run", "Merge")
    table = html_table(rows, head, "fields room-grid", row_heads=True)
    return _SCROLLS.format(Markup(table))


def _question(number: int, text: str) -> Markup:
    """Return the first words of a question, with all of it as a tooltip."""
    short = brief(f"{number}. {text}", HEAD_LETTERS)
    return Markup('<span title="{}">{}</span>').format(brief(text, len(text)), short)


def cell(learner: LearnerState, check: str) -> str:
    """Return a cell of a check: passed, or its number of tries."""
    tries = learner.progress.tries.get(check, 0)
    if check in learner.progress.passed:
        return f"✓ {tries}" if tries > 1 else "✓"
    return f"✗ {tries}" if tries else "–"


def state(learner: LearnerState) -> Markup:
    """Return the state of a learner in a word, with a dot in its colour."""
    word = learner.state
    shows_time = learner.idle >= IDLE_SECONDS and word in ("working", "stuck", "away")
    idle = f" for {_minutes(learner.idle)}" if shows_time else ""
    if idle and word != "away":
        idle = f", idle{idle}"
    return Markup('<i class="dot {}"></i>{}{}').format(_DOTS.get(word, "rests"), word, idle)


def _minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 120:
        return plural(minutes // 60, "hour")
    return "a minute" if minutes < 2 else plural(minutes, "minute")


def _run(learner: LearnerState) -> str:
    run = learner.activity.run
    return f"{run.name}: {'waits' if run.status == 'queued' else run.status}" if run else "–"


def _figures(learners: Sequence[LearnerState], waiting: int) -> list[Figure]:
    states = Counter(one.state for one in learners)
    named: dict[StateName, str] = {"stuck": "Stuck", "working": "Working", "training": "Training"}
    named |= {"waiting for others": "Waiting for others", "finished": "Finished", "away": "Away"}
    return [
        Figure("Learners", str(len(learners))),
        *(Figure(title, str(states[state])) for state, title in named.items()),
        Figure("Waiting runs", str(waiting), "Runs of all people on this server that wait."),
    ]


def _actions(learners: Sequence[LearnerState], room: RoomTeacher) -> None:
    """Draw the actions on one learner, and the end of all runs."""
    names = {learner.member.number: learner.member.nickname for learner in learners}
    with layout.row("room_learner", vertical_alignment="bottom"):
        number = st.selectbox(
            "Learner",
            list(names),
            format_func=lambda chosen: names.get(chosen, "–"),
            key="room_chosen",
            width=240,
        )
        for label, icon, act, help in (
            ("Show the model", "account_tree", _show_model, "The present model, large, to all."),
            ("Show the latest run", "monitoring", _show_run, "Model and results, large, to all."),
        ):
            action(
                label,
                icon,
                partial(act, room, number),
                key=f"room_{act.__name__}",
                view=PROJECTOR,
                help=help,
            )
        action(
            "Stop their runs",
            "stop_circle",
            partial(room.stop_runs, number),
            key="room_stop_one",
            help="Stops the learner's runs and races. Epochs that are done are kept.",
        )
        action(
            "Remove",
            "person_remove",
            partial(room.remove, number),
            key="room_remove",
            type="tertiary",
            help="Removes the learner and their votes from the room. They may join again.",
        )
    question = "Stop the runs and races of all learners? Epochs that are done are kept."
    with layout.row("room_all_learners"):
        confirmed(
            "Stop all runs",
            "stop_circle",
            question,
            "Stop them now",
            "room_stop_all",
            room.stop_runs,
        )
        _remove_several(names, room)


def _remove_several(names: Mapping[int, str], room: RoomTeacher) -> None:
    """Draw a choice of learners, the latest first, and a button that removes them."""
    with st.popover("Remove several", icon=":material/group_remove:"):
        chosen = st.multiselect(
            "Learners to remove, the latest first",
            sorted(names, reverse=True),
            format_func=lambda number: names.get(number, "–"),
            key="room_removed",
            filter_mode="contains",
            help="They lose their votes. To keep them out, turn on *No new learners* or take a "
            "*New code*, under *Joining*.",
        )
        action(
            f"Remove {plural(len(chosen), 'learner')}",
            "person_remove",
            partial(room.remove, *chosen),
            key="room_remove_several",
            type="primary",
            disabled=not chosen,
        )


def _show_model(room: RoomTeacher, number: int) -> None:
    packed = room.draft(number)
    if packed is None:
        raise RunError(
            "This learner has not changed a model yet.",
            "",
            "Ask them to build one.",
        )
    content = draft_content.unpack(packed)
    title = _named(content.valid.name)
    room.show(ShownWork(kind="model", token=share(content.valid), title=title))


def _show_run(room: RoomTeacher, number: int) -> None:
    latest = room.run(number)
    if latest is None:
        raise RunError(
            "This learner has not finished a run yet.",
            "",
            "Wait until one has finished.",
        )
    run, report, points, inspection = latest
    request = run.request
    shared = () if isinstance(request.data, str) else (request.data, request.settings)
    token = share(request.architecture, *shared)
    title = _named(request.architecture.name)
    judged = None
    if shared:  # A verdict on a file could name its columns and classes.
        judged = known_verdicts(
            run, points, report, inspection, named=True, seconds=VERDICT_SECONDS
        )
    verdict = judged[0].text if judged else ""
    figures = _results(run, report)
    room.show(ShownWork(kind="run", token=token, title=title, figures=figures, verdict=verdict))


def _results(run: Run, report: Report | None) -> tuple[tuple[str, str], ...]:
    """Return the large figures of a run: the measures of its first head come first."""
    heads = list(report.heads.values()) if report else []
    measures = heads[0].measures.items() if heads else ()
    named = (
        (_named(name), f"{value:.3g}")
        for name, value in sorted(measures, key=lambda item: item[0] == "loss")
    )
    return (*named, ("Epochs", f"{run.epochs:,}"), ("Parameters", f"{run.parameters:,}"))


def _named(name: str) -> str:
    """Return a name as a title."""
    return humanize(name)[:1].upper() + humanize(name)[1:]
