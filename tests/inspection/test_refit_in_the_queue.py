"""Refits of a run in the queue: kept with it, stopped, read by others, removed with it.

The command `inspect --refit` trains some in test_cli.py.
"""

from __future__ import annotations

import pytest

from components.core.errors import RunError
from components.inspection.refit import plan_refit, refit_groups
from components.race.outcomes import look_up
from components.runs.sweeps import Sweep
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import RunRequest
from tests.runs.fake_runner import FakeServer
from tests.training.support import VECTORS, request, wait_for_end
from tests.waiting import wait_until

ASKED = request(VECTORS, samples=120)


def trained(server: FakeServer, visitor: VisitorRuns) -> str:
    server.runner.instant = True
    run_id = visitor.submit(ASKED)
    assert wait_for_end(server.store, run_id).status == "finished"
    return run_id


def submitted(visitor: VisitorRuns, run_id: str) -> str:
    plan = plan_refit(ASKED, 3)
    return visitor.submit_refit(run_id, groups(), plan.model_dump_json())


def groups() -> list[list[RunRequest]]:
    return refit_groups(ASKED, 3)


def ended(server: FakeServer, sweep_id: str) -> Sweep:
    wait_until(lambda: server.store.sweeps.get(sweep_id).state != "running")
    return server.store.sweeps.get(sweep_id)


def test_refits_are_kept_with_the_run_and_the_run_is_not_trained_again(server: FakeServer) -> None:
    ann, bob = VisitorRuns(server.service, "ann"), VisitorRuns(server.service, "bob")
    run_id = trained(server, ann)
    assert ann.refit(ann.run(run_id)) is None
    sweep_id = submitted(ann, run_id)
    sweep = ended(server, sweep_id)
    assert (sweep.state, sweep.refits) == ("finished", run_id)
    assert ann.refit(ann.run(run_id)) == sweep
    known = look_up(plan_refit(ASKED, 3).digests, ann)
    assert known[ASKED.digest].run == run_id
    assert {one.status for one in known.values()} == {"finished"}
    assert len(known) == len(server.runner.started) == 9
    assert ann.sweeps() == ()
    assert [one.id for one in server.store.sweeps.list(refits=True)] == [sweep_id]
    assert [run.id for run in ann.list()] == [run_id]

    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        submitted(bob, run_id)
    ann.share(run_id)
    with pytest.raises(RunError, match="Only the owner of a run may train its model again"):
        submitted(bob, run_id)
    read = bob.refit(bob.run(run_id))
    assert read is not None
    assert (read.id, read.owner) == (sweep_id, "")
    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        bob.end(sweep_id)


def test_refits_go_with_their_run_but_not_those_that_a_race_has_too(server: FakeServer) -> None:
    ann, store = VisitorRuns(server.service, "ann"), server.store
    run_id = trained(server, ann)
    sweep = ended(server, submitted(ann, run_id))
    kept = sweep.groups[0][1]
    (asked,) = [one for group in groups() for one in group if one.digest == kept]
    race = ended(server, ann.submit_sweep([[asked]]))
    store.upkeep.remove_runs([run_id])
    assert store.sweeps.refit_of(run_id) is None
    assert set(store.latest(sweep.digests)) == {kept} == set(race.digests)


def test_refits_are_stopped_and_not_started_twice(server: FakeServer) -> None:
    ann = VisitorRuns(server.service, "ann")
    run_id = server.store.create(ASKED, "ann")
    sweep_id = submitted(ann, run_id)
    assert submitted(ann, run_id) == sweep_id
    ann.end(sweep_id)
    assert ended(server, sweep_id).state == "stopped"
    assert submitted(ann, run_id) != sweep_id
