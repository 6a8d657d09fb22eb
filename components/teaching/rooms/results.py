"""Results of a class as CSV: learners by lessons and votes, and answers without names below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from components.base.markup import to_csv
from components.base.text import one_line
from components.teaching.lessons import library
from components.teaching.lessons.checks import Question
from components.teaching.rooms.content import Room, RoomMember, Vote
from components.teaching.rooms.position import whole_plan
from components.teaching.rooms.teacher import NOTHING, RoomTeacher


def csv_text(room: RoomTeacher) -> str:
    """Return a row for each learner with progress, tries and times, and their named answers.

    Other answers follow in rows without a name: one for each learner who gave any, sorted by the
    answers, so that their order says nothing about the learner.
    """
    whole, lessons = room.room(), room.progress()
    votes = whole.content.bets
    questions = whole_plan(whole.content.plan).asked_twice if whole.content.plan else ()
    checks = {sent: [check.id for check in library.find(sent.target).checks] for sent in lessons}
    head = ["nickname", "joined", "state"]
    for sent, ids in checks.items():
        head += [f"{sent.lesson} {check} {what}" for check in ids for what in ("passed", "tries")]
        head += [f"{sent.lesson} done", f"{sent.lesson} handed in"]
    head += ["strategy", "latest run"]
    blank = [""] * (len(head) - 1)
    head += [one_line(vote.question.text) for vote in votes]
    head += [f"{one.id} {what}" for one in questions for what in ("before", "after", "gain")]
    rows: list[list[object]] = [list(head)]
    for learner in room.learners():
        member, run = learner.member, learner.activity.run
        row: list[object] = [member.nickname, _time(member.joined), learner.state]
        for sent, ids in checks.items():
            progress = lessons[sent].get(member.number, NOTHING)
            for check in ids:
                row += [_word(check in progress.passed), progress.tries.get(check, 0)]
            row += [_time(progress.done), _word(sent.lesson in member.handed_in)]
        row += [member.entry, f"{run.name}: {run.status}" if run else ""]
        rows.append(row + _answers(whole, member, votes, questions, named=True))
    nameless = [_answers(whole, member, votes, questions, named=False) for member in whole.learners]
    shown = sorted((answers for answers in nameless if any(answers)), key=str)
    return to_csv([*rows, *(["without a name", *blank, *answers] for answers in shown)])


def _answers(
    whole: Room,
    member: RoomMember,
    votes: Sequence[Vote],
    questions: Sequence[Question],
    named: bool,
) -> list[object]:
    """Return a learner's answers to the named questions, or to the others; empty for the rest.

    A question that was asked once with names and once without has no gain.
    """
    row: list[object] = [
        member.choices.get(vote.number, "") if vote.named == named else "" for vote in votes
    ]
    for question in questions:
        asked = [
            vote for vote in votes if vote.item is not None and vote.question.id == question.id
        ]
        gain = whole.gains(question)[member.number]
        if all(vote.named == named for vote in asked):
            row += [gain.before, gain.after, "" if gain.value is None else gain.value]
        else:
            row += ["", "", ""]
    return row


def _word(true: bool) -> str:
    return "yes" if true else "no"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
