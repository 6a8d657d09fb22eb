"""Refits of a run in the queue: kept with it, stopped, read by others, removed with it."""

from __future__ import annotations

import pytest

from components.core.errors import RunError
from components.inspection.refit import plan_refit, refit_groups
from components.inspection.refit_evaluation import evaluate_refit
from components.race.outcomes import look_up
from components.training.requests import RunRequest
from components.training.service import Service
from components.training.sweeps import Sweep
from components.training.visitor_runs import VisitorRuns
from tests.training.backends import Backend
from tests.training.conftest import backend, children, cluster, service
from tests.training.support import LONG, VECTORS, request, wait_for_end
from tests.waiting import wait_until

__all__ = ["backend", "children", "cluster", "service"]


def trained(visitor: VisitorRuns, asked: RunRequest) -> str:
    run_id = visitor.submit(asked)
    assert wait_for_end(visitor._store, run_id).status == "finished"
    return run_id


def submitted(visitor: VisitorRuns, run_id: str, seeds: int = 3) -> str:
    asked = visitor.run(run_id).request
    plan = plan_refit(asked, seeds)
    return visitor.submit_refit(run_id, refit_groups(asked, seeds), plan.model_dump_json())


def ended(service: Service, sweep_id: str) -> Sweep:
    wait_until(lambda: service.store.sweeps.get(sweep_id).state != "running")
    return service.store.sweeps.get(sweep_id)


def test_refits_are_kept_with_the_run_and_the_run_is_not_trained_again(service: Service) -> None:
    ann, bob = VisitorRuns(service, "ann"), VisitorRuns(service, "bob")
    asked = request(VECTORS, samples=120, epochs=2, seed=901)
    run_id = trained(ann, asked)
    assert ann.refit(ann.run(run_id)) is None
    sweep_id = submitted(ann, run_id)
    sweep = ended(service, sweep_id)
    assert (sweep.state, sweep.refits) == ("finished", run_id)
    assert ann.refit(ann.run(run_id)) == sweep
    plan = plan_refit(asked, 3)
    known = look_up(plan.digests, ann)
    assert known[asked.digest].run == run_id
    refit = evaluate_refit(plan, asked, known)
    assert (refit.done, refit.total) == (9, 9)
    assert all(one.tied is not None for one in refit.heads["y"].inputs)
    assert ann.sweeps() == ()
    assert [one.id for one in service.store.sweeps.list(refits=True)] == [sweep_id]
    assert [run.id for run in ann.list()] == [run_id]

    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        submitted(bob, run_id)
    ann.share(run_id)
    with pytest.raises(RunError, match="Only the owner of a run may train its model again"):
        bob.submit_refit(run_id, refit_groups(asked, 3), "")
    read = bob.refit(bob.run(run_id))
    assert read is not None
    assert (read.id, read.owner) == (sweep_id, "")
    with pytest.raises(RunError, match="must exist, and be yours or shared"):
        bob.end(sweep_id)


def test_refits_go_with_their_run_but_not_those_that_a_race_has_too(service: Service) -> None:
    ann = VisitorRuns(service, "ann")
    run_id = trained(ann, request(VECTORS, samples=120, epochs=1, seed=951))
    sweep = ended(service, submitted(ann, run_id))
    kept = sweep.groups[0][1]
    asked = next(
        one
        for group in refit_groups(ann.run(run_id).request, 3)
        for one in group
        if one.digest == kept
    )
    race = ended(service, ann.submit_sweep([[asked]]))
    service.store.upkeep.remove_runs([run_id])
    assert service.store.sweeps.refit_of(run_id) is None
    assert set(service.store.latest(sweep.digests)) == {kept} == set(race.digests)


def test_refits_are_stopped_and_not_started_twice(backend: Backend) -> None:
    service = backend.service
    ann = VisitorRuns(service, "ann")
    run_id = service.store.create(request(**LONG, seed=977), "ann")
    sweep_id = submitted(ann, run_id)
    assert submitted(ann, run_id) == sweep_id
    ann.end(sweep_id)
    assert ended(service, sweep_id).state == "stopped"
    again = submitted(ann, run_id)
    assert again != sweep_id
    service.store.sweeps.stop_refits(run_id)
    assert ended(service, again).state == "stopped"
