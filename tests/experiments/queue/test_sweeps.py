from __future__ import annotations

from collections.abc import Sequence

import pytest

from components.base.errors import RunError
from components.experiments.queue.run import Run
from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import JobListener, Runner
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.events import Failed, Finished, Started, Stopped
from components.experiments.training.requests import RunRequest
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.training.support import VECTORS, request, seeded, ten_billion, wait_for_end
from tests.postgres import both_databases
from tests.waiting import wait_until

COUNTER = iter(range(1000, 10**6, 100))
"""Seeds that no other test uses."""


def group(count: int = 2) -> list[RunRequest]:
    start = next(COUNTER)
    return seeded(VECTORS, range(start, start + count), epochs=2)


def runs(service: Service, asked: Sequence[RunRequest]) -> list[Run | None]:
    found = service.store.latest([one.digest for one in asked])
    return [found.get(one.digest) for one in asked]


def statuses(service: Service, asked: Sequence[RunRequest]) -> list[str | None]:
    return [None if run is None else run.status for run in runs(service, asked)]


def settle(service: Service, sweep_id: str, state: str) -> None:
    wait_until(lambda: service.store.sweeps.get(sweep_id).state != "running")
    assert service.store.sweeps.get(sweep_id).state == state


def test_a_sweep_trains_what_no_run_has_finished(service: Service) -> None:
    """Use each runner, in real child processes."""
    first, second = group(3), group()
    known = service.submit(first[1])
    wait_for_end(service.store, known)
    sweep_id = service.submit_sweep(
        SweepOrder([first, second, first], '{"x": 1}', "all of it"), "ada"
    )
    settle(service, sweep_id, "finished")
    sweep = service.store.sweeps.get(sweep_id)
    assert (sweep.owner, sweep.name, sweep.plan) == ("ada", "all of it", '{"x": 1}')
    assert sweep.groups == tuple(tuple(one.digest for one in g) for g in (first, second))
    assert statuses(service, [*first, *second]) == ["finished"] * 5
    found = service.store.latest(sweep.digests)
    assert found[first[1].digest].id == known
    assert found[first[1].digest].sweep == ""
    assert found[first[0].digest].sweep == sweep_id
    assert found[first[0].digest].model_digest == ""
    assert len(service.store.points(found[second[0].digest].id)) == 2
    again = service.submit_sweep(SweepOrder([first, second]))
    settle(service, again, "finished")
    assert service.store.latest(sweep.digests) == found


def test_a_sweep_is_ended_with_all_its_runs(server: FakeServer) -> None:
    service = server.service
    working, waiting = group(), group()
    sweep_id = service.submit_sweep(SweepOrder([working, waiting]))
    (run_id, _) = server.in_training().runs
    wait_until(lambda: service.store.points(run_id))
    with pytest.raises(RunError, match="only be stopped with the whole race"):
        service.store.stop(run_id)
    for _ in range(2):
        service.store.stop(sweep_id)
        assert service.store.sweeps.get(sweep_id).state == "stopped"
        wait_until(lambda: statuses(service, working) == ["stopped"] * 2)
        assert statuses(service, waiting) == ["stopped"] * 2
    assert service.store.points(run_id)


def test_a_run_that_failed_is_tried_again_only_when_asked(server: FakeServer) -> None:
    service = server.service
    (failing,), others = group(1), group()
    sweep_id = service.submit_sweep(SweepOrder([[failing], others]))
    server.runner.end(server.in_training().key, Failed(message="No memory."))
    server.runner.finish(server.in_training().key)
    settle(service, sweep_id, "finished")
    assert statuses(service, [failing, *others]) == ["failed", "finished", "finished"]
    service.resume(sweep_id)
    settle(service, sweep_id, "finished")
    assert statuses(service, [failing]) == ["failed"]
    service.resume(sweep_id, retry_failed=True)
    server.runner.finish(server.in_training().key)
    settle(service, sweep_id, "finished")
    assert statuses(service, [failing]) == ["finished"]


def test_what_failed_before_a_sweep_was_started_has_not_ended_in_it(store: Store) -> None:
    (asked,) = group(1)
    store.append(store.create(asked), Failed(message="No memory."))
    sweep_id = store.sweeps.create(SweepOrder([[asked]]))
    assert store.sweeps.ask(sweep_id, retry_failed=True)
    assert store.sweeps.ended(sweep_id) == {}
    store.append(store.latest([asked.digest])[asked.digest].id, Failed(message="No memory."))
    assert store.sweeps.ended(sweep_id) == {asked.digest: "failed"}


def test_a_single_run_comes_before_the_rest_of_a_group(server: FakeServer) -> None:
    service = server.service
    sweep_id = service.submit_sweep(SweepOrder([group(), group(1)]))
    job = server.in_training()
    single = service.submit(request())
    wait_until(lambda: job.key in server.runner.interrupted)
    server.runner.instant = True
    server.runner.finish(job.key)
    settle(service, sweep_id, "finished")
    first, second = job.runs
    assert server.runner.started[:3] == [first, single, second]
    assert len(server.runner.started) == 4


def test_a_run_of_a_group_has_ended_before_its_group(server: FakeServer) -> None:
    server.service.submit_sweep(SweepOrder([group()]))
    job = server.in_training()
    first, _ = job.runs
    server.runner.send(first, Finished(seconds=1.0))
    assert wait_for_end(server.store, first).status == "finished"
    assert job.key in server.runner.jobs


def test_owners_of_sweeps_take_turns(store: Store) -> None:
    groups = [group(1) for _ in range(6)]
    for mine, owner in ((groups[:3], "ada"), (groups[3:5], "ada"), (groups[5:], "ben")):
        store.sweeps.ask(store.sweeps.create(SweepOrder(mine), owner, "here"))
    assert store.queue.take("elsewhere", 1) == ()
    taken = iter(lambda: store.queue.take("here", 1), ())
    turns = [store.get(run_id).request for run_ids in taken for run_id in run_ids]
    assert turns == [groups[at][0] for at in (0, 5, 3, 1, 4, 2)]


def test_what_is_too_large_fails_and_the_rest_is_trained(server: FakeServer) -> None:
    service = server.service
    server.runner.instant = True
    huge, small = request(ten_billion()), group(1)
    sweep_id = service.submit_sweep(SweepOrder([[huge], small]))
    settle(service, sweep_id, "finished")
    assert statuses(service, [huge, *small]) == ["failed", "finished"]
    (run,) = runs(service, [huge])
    assert run is not None
    assert "This run needs" in run.message


def test_a_sweep_without_a_finished_run_has_failed_until_it_is_resumed(server: FakeServer) -> None:
    service = server.service
    huge = request(ten_billion())
    sweep_id = service.submit_sweep(SweepOrder([[huge]]))
    settle(service, sweep_id, "failed")
    before = runs(service, [huge])
    service.resume(sweep_id, retry_failed=True)
    wait_until(lambda: runs(service, [huge]) != before)
    settle(service, sweep_id, "failed")


def test_a_sweep_whose_server_died_is_paused_until_it_is_resumed(server: FakeServer) -> None:
    service, store = server.service, server.store
    server.runner.instant = True
    done, left = group(1), group()
    wait_for_end(store, service.submit(done[0]))
    sweep_id = store.sweeps.create(SweepOrder([done, left]), service="dead")
    store.sweeps.ask(sweep_id)
    begun = store.latest([left[0].digest])[left[0].digest]
    store.append(begun.id, Started(parameters=1))
    store.mark_interrupted()
    assert store.sweeps.get(sweep_id).state == "paused"
    assert statuses(service, left) == ["interrupted", "queued"]
    service.resume(sweep_id)
    settle(service, sweep_id, "finished")
    assert store.sweeps.get(sweep_id).service == service.id
    assert statuses(service, [*done, *left]) == ["finished"] * 3


def test_a_runner_that_can_not_start_fails_one_group_and_pauses_the_sweep(store: Store) -> None:
    def launch(_: JobListener) -> Runner:
        raise RunError("The cluster must answer.", "nothing", "Start it.")

    lost = Service(store, launch)
    (first,), (second,) = group(1), group(1)
    sweep_id = lost.submit_sweep(SweepOrder([[first], [second]]))
    wait_until(lambda: "failed" in statuses(lost, [first]))
    assert store.sweeps.get(sweep_id).state == "paused"
    wait_for_end(store, lost.submit(request()))
    assert statuses(lost, [first, second]) == ["failed", "queued"]
    lost.shutdown()


def test_a_sweep_has_a_run_and_a_service_that_is_up(store: Store) -> None:
    own = Service(store)
    with pytest.raises(RunError, match="Nothing here can be trained"):
        own.submit_sweep(SweepOrder([[], []]))
    own.shutdown()
    with pytest.raises(RunError, match="not running"):
        own.submit_sweep(SweepOrder([group()]))


@pytest.mark.parametrize("end", [Finished(seconds=1.0), Stopped(seconds=1.0)])
def test_what_another_trains_is_trained_once_more_only_if_it_does_not_finish(
    server: FakeServer, end: Finished | Stopped
) -> None:
    service = server.service
    (busy,), (free,) = group(1), group(1)
    single = service.submit(busy)
    server.in_training(single)
    sweep_id = service.submit_sweep(SweepOrder([[busy], [free]]))
    server.runner.instant = True
    server.runner.end(server.runner.key_of(single), end)
    settle(service, sweep_id, "finished")
    assert statuses(service, [busy, free]) == ["finished"] * 2
    assert (service.store.latest([busy.digest])[busy.digest].id == single) == (
        end.kind == "finished"
    )


@both_databases
def test_a_sweep_takes_a_single_run_that_it_needs_where_no_other_is_taken(store: Store) -> None:
    needed, later = group(2)
    singles = [store.create(asked, "ada") for asked in (needed, later, request())]
    sweep_id = store.sweeps.create(SweepOrder([[needed, later]]), service="here")
    assert not store.sweeps.ask(sweep_id), "both wait already"
    assert store.queue.take("elsewhere", running_each=0) == ()
    taken = [store.queue.take("here", running_each=0) for _ in range(3)]
    assert taken == [(singles[0],), (singles[1],), ()]


@both_databases
def test_a_run_that_two_sweeps_name_waits_as_long_as_one_of_them_needs_it(store: Store) -> None:
    (shared,), (own,) = group(1), group(1)
    first = store.sweeps.create(SweepOrder([[shared], [own]]), service="here")
    second = store.sweeps.create(SweepOrder([[shared]]), "ben", "here")
    assert store.sweeps.ask(first)
    assert not store.sweeps.ask(second), "it waits already"
    store.sweeps.end(first)
    found = store.latest([shared.digest, own.digest])
    assert [found[one.digest].status for one in (shared, own)] == ["queued", "stopped"]
    store.sweeps.change_state(second, "paused")
    assert store.queue.take("here", 1) == ()
    store.sweeps.claim(second, "there")
    assert store.queue.take("there", 1) == (found[shared.digest].id,)
