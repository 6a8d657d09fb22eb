"""The command `status`: servers, people, the queue, and what could be stopped."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from components.cli.store import opened_store
from components.core.text import byte_size, plural
from components.training.events import UNFINISHED

if TYPE_CHECKING:
    from components.runs.live_servers import LiveServer
    from components.runs.store import Store

MINUTES = 10
"""People count who did something in the last minutes."""
LISTED = 1000
"""Runs and races that are read at most."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one object in JSON.")
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
    from components.people.activity import count_active

    unfinished = store.list(limit=LISTED, statuses=UNFINISHED, sweeps=True)
    races = store.sweeps.list(limit=LISTED)
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
        "people": count_active(store.database, time.time() - MINUTES * 60),
        "training": sum(run.status == "running" for run in unfinished),
        "waiting": sum(run.status == "queued" for run in unfinished),
        "database": store.database.size(),
        "work": work,
    }


def _memory(server: LiveServer) -> int | None:
    """Resident bytes of a server of this machine and all its processes; `None` for another."""
    import psutil

    if not server.here:
        return None
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(server.process)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += int(one.memory_info().rss)
    return total
