"""What the playground does in a Dask worker: train jobs, and stop or interrupt them on request."""

from __future__ import annotations

from functools import cache

from components.keras_host.host import server_host
from components.runs.job_trainer import JobTrainer, Results
from components.runs.runner import Job


@cache
def trainer() -> JobTrainer:
    """What trains in this worker."""
    return JobTrainer(server_host())


def warm_up() -> None:
    """Start importing Keras in the background, so that children have it at once."""
    trainer().warm_up()


def train_job(job: Job, topic: str) -> Results:
    """Train a job as `JobTrainer.train` does; its events are logged under `topic`.

    It stops if the scheduler cancels the task, as when the app's process has ended. Model files are
    returned, because the app may be on another machine.
    """
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks[worker.get_current_task()]
    return trainer().train(
        job,
        lambda texts: worker.log_event(topic, texts),
        lambda: task.state == "cancelled",
    )


def stop_job(key: str) -> None:
    """Stop the job, if it is here or comes here."""
    trainer().stop(key)


def interrupt_job(key: str) -> None:
    """End the job after its current run, if it is here."""
    trainer().interrupt(key)
