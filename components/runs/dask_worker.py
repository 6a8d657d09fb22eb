"""What the playground does in a Dask worker: train jobs, and stop or interrupt them on request."""

from __future__ import annotations

from functools import cache

from components.keras_host.host import server_host
from components.runs.runner import Job, JobTrainer


@cache
def trainer() -> JobTrainer:
    """What trains in this worker."""
    return JobTrainer(server_host())


def warm_up() -> None:
    """Start importing Keras in the background, so that children have it at once."""
    trainer().warm_up()


def train_job(job: Job, topic: str) -> list[tuple[str, bytes]]:
    """Train a job as `JobTrainer.train` does; its events are logged under `topic`.

    Events and ends are sent as JSON texts: the scheduler has nothing of the playground. It stops if
    the scheduler cancels the task, as when the app's process has ended. Model files are returned,
    because the app may be on another machine.
    """
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks[worker.get_current_task()]
    results = trainer().train(
        job,
        lambda events: worker.log_event(topic, [(run, one.json_text()) for run, one in events]),
        lambda: task.state == "cancelled",
    )
    return [(end.json_text(), model) for end, model in results]


def stop_job(key: str) -> None:
    """Stop the job, if it is here or comes here."""
    trainer().stop(key)


def interrupt_job(key: str) -> None:
    """End the job after its current run, if it is here."""
    trainer().interrupt(key)
