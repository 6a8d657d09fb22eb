"""What happened in a room, as a table for a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime

from components.core.markup import to_csv
from components.rooms.teacher import RoomTeacher
from components.ui.room import lesson_checks


def csv_text(room: RoomTeacher) -> str:
    """Learners by checks, with tries, times and bets."""
    content, choices = room.content(), room.choices()
    checks = [check.id for check in lesson_checks.checks(content)]
    head = ["nickname", "joined", "stuck"]
    head += [f"{check} {what}" for check in checks for what in ("passed", "tries")]
    head += ["lesson done", "strategy", "latest run", *(bet.question for bet in content.bets)]
    rows: list[list[object]] = [list(head)]
    for learner in room.learners():
        progress, run = learner.progress, learner.activity.run
        row: list[object] = [learner.nickname, _time(learner.joined), _word(learner.stuck)]
        for check in checks:
            row += [_word(check in progress.passed), progress.tries.get(check, 0)]
        row += [_time(progress.done), learner.entry, f"{run.name}: {run.status}" if run else ""]
        row += [choices.get(learner.number, {}).get(bet.number, "") for bet in content.bets]
        rows.append(row)
    return to_csv(rows)


def _word(true: bool) -> str:
    return "yes" if true else "no"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
