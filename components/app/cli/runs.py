"""The commands `runs …` and `status`: the content of the database, and current work."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC
from math import isfinite
from typing import TYPE_CHECKING, Any, get_args

import click

from components.app.cli.sources import TEXT, json_flag, opened_store
from components.base import clock
from components.base.errors import RunError
from components.base.text import DAY_SECONDS, byte_size, plural
from components.experiments.training.events import ENDS, OPEN, Status

if TYPE_CHECKING:
    from components.experiments.queue.run import Run
    from components.experiments.queue.store import Store
    from components.experiments.queue.tables import ServiceRow

LISTED = 50
ALL = 10**9
MINUTES = 10
"""Minutes after which an inactive person no longer counts."""

_statuses = click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(get_args(Status)),
    help="Only with this status.",
)
_races = click.option("--races", is_flag=True, help="Runs of races, too.")


@click.group(no_args_is_help=False)
def runs() -> None:
    """List, delete and stop runs."""


@runs.command("list")
@_statuses
@_races
@click.option(
    "--limit", default=LISTED, type=click.IntRange(1, ALL), help="How many; 50 by default."
)
@json_flag
def list_runs(statuses: tuple[Status, ...], races: bool, limit: int, as_json: bool) -> int:
    """List runs, the newest first."""
    with opened_store() as store:
        listed = store.list(limit=limit, statuses=statuses, sweeps=races)
    if as_json:
        click.echo(json.dumps([_json_of(run) for run in listed]))
    for run in [] if as_json else listed:
        created = run.created.astimezone().strftime("%Y-%m-%d %H:%M")
        click.echo(f"{run.id}  {created}  {run.status:<11}  {run.epochs:>5} epochs  {run.name}")
    return 0


@runs.command()
@click.argument("ids", nargs=-1, type=TEXT)
@_statuses
@_races
@click.option(
    "--older-than", "days", type=click.FloatRange(0), help="Only runs made N days ago or earlier."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(
    ids: tuple[str, ...], statuses: tuple[Status, ...], races: bool, days: float | None, yes: bool
) -> int:
    """Delete runs for good, with curves, reports and models: by id, or all that fit the options.

    Without ids, pinned runs are kept.
    """
    if bool(ids) == bool(statuses or days is not None):
        raise RunError(
            "Name the runs by id, or choose them by options.",
            " ".join(ids) or "neither",
            "Write ids, or `--status` and `--older-than`.",
        )
    if not isfinite(days or 0):
        raise RunError(
            "The age of runs is a number of days.", f"--older-than {days}", "Write one such as 30."
        )
    with opened_store() as store:
        chosen = (
            [store.ended(run_id) for run_id in ids]
            if ids
            else _ended_runs(store, statuses, races, days)
        )
        if not chosen:
            click.echo("No run fits.")
            return 0
        _confirm(f"Delete {plural(len(chosen), 'run')}?", yes)
        store.remove([store.ended(run.id).id for run in chosen])
    click.echo(f"{plural(len(chosen), 'run')} deleted.")
    return 0


@runs.command()
@click.argument("ids", nargs=-1, type=TEXT)
@click.option("--all", "every", is_flag=True, help="All runs and races of everybody.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def stop(ids: tuple[str, ...], every: bool, yes: bool) -> int:
    """Stop runs and races by id, whichever server trains them; `status` lists the ids."""
    if bool(ids) == every:
        raise RunError(
            "Name runs and races by id, or stop all of them.",
            " ".join(ids) or "neither",
            "Write ids, or `--all`.",
        )
    with opened_store() as store:
        if every:
            chosen = [*store.unfinished_ids()]
            if not chosen:
                click.echo("Nothing is trained or waits.")
                return 0
            _confirm(f"Stop {plural(len(chosen), 'run or race', 'runs and races')}?", yes)
        else:
            chosen = list(ids)
        for work_id in chosen:
            store.stop(work_id)
    click.echo(f"{plural(len(chosen), 'run or race', 'runs and races')} asked to stop.")
    return 0


@runs.command()
def vacuum() -> int:
    """Shrink the database, and remove for good what was deleted."""
    # Each imported package removes its own old rows.
    from components.teaching.people import draft_store, lesson_store  # noqa: F401
    from components.teaching.rooms import store as rooms  # noqa: F401

    with opened_store() as store:
        database, models = map(byte_size, store.vacuum())
    click.echo(f"{database} of the database and {models} of models freed.")
    return 0


def _ended_runs(
    store: Store, statuses: Sequence[Status], races: bool, days: float | None
) -> list[Run]:
    """Return the ended, unpinned runs that fit the options."""
    latest = clock.now() - (days or 0.0) * DAY_SECONDS
    listed = store.list(limit=ALL, statuses=statuses or ENDS, sweeps=races)
    return [
        run for run in listed if run.ended and not run.pinned and run.created.timestamp() <= latest
    ]


def _confirm(question: str, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise RunError("This needs a confirmation.", "no terminal", "Add `--yes`.")
    if not yes:
        click.confirm(question, abort=True)


def _json_of(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "created": run.created.astimezone(UTC).isoformat(),
        "status": run.status,
        "name": run.name,
        "epochs": run.epochs,
        "parameters": run.parameters,
        "seconds": run.seconds,
        "message": run.message,
        "pinned": run.pinned,
        "note": run.note,
        "race": run.sweep,
        "digest": run.digest,
        "model": bool(run.model_digest),
    }


@click.command()
@json_flag
def status(as_json: bool) -> int:
    """Show servers with their memory, people, the queue, and runs and races that go on."""
    with opened_store() as store:
        now = _status(store)
    if as_json:
        click.echo(json.dumps(now))
        return 0
    for server in now["servers"]:
        memory = "" if server["memory"] is None else f", {byte_size(server['memory'])} of memory"
        slots = plural(server["slots"], "run")
        click.echo(f"server    process {server['process']}, {slots} at a time{memory}")
    if not now["servers"]:
        click.echo("server    none is up")
    click.echo(f"people    {now['people']} in the last {MINUTES} minutes")
    click.echo(f"queue     {now['training']} in training, {now['waiting']} waiting")
    click.echo(f"database  {byte_size(now['database'])}")
    for work in now["work"]:
        click.echo(f"{work['id']}  {work['state']:<8}  {work['kind']:<4}  {work['name']}")
    return 0


def _status(store: Store) -> dict[str, Any]:
    from components.teaching.people.activity import count_active

    unfinished = store.list(limit=ALL, statuses=OPEN, sweeps=True)
    races = store.sweeps.list(limit=ALL)
    work = [
        {"id": run.id, "kind": "run", "state": run.status, "name": run.name}
        for run in reversed(unfinished)
        if not run.sweep
    ]
    work += [
        {"id": race.id, "kind": "race", "state": race.state, "name": race.name}
        for race in reversed(races)
        if race.state in ("running", "paused")
    ]
    return {
        "servers": [
            {"process": one.process, "slots": one.slots, "memory": _memory(one)}
            for one in store.services.servers()
        ],
        "people": count_active(store.database, clock.now() - MINUTES * 60),
        "training": sum(run.status == "running" for run in unfinished),
        "waiting": sum(run.status == "queued" for run in unfinished),
        "database": store.database.size(),
        "work": work,
    }


def _memory(server: ServiceRow) -> int | None:
    """Return the resident bytes of a local server with its processes; `None` for another host."""
    import psutil

    from components.base.workers.processes import memory_of
    from components.experiments.queue.live_servers import host_key

    if server.host != host_key():
        return None
    with suppress(psutil.Error):
        process = psutil.Process(server.process)
        return sum(memory_of(one.pid) for one in (process, *process.children(recursive=True)))
    return 0
