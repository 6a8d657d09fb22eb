"""Trains jobs in children of this process: no other process, and nothing that listens."""

from __future__ import annotations

import threading

from components.keras_host.host import KerasHost
from components.runs.job_trainer import JobTrainer
from components.runs.runner import Job, JobEnd, JobListener

CLOSE_SECONDS = 5.0
"""How long `close` waits for the threads of stopped jobs."""


class LocalRunner:
    """Trains each job in a thread of its own, which waits for its child process."""

    address = ""

    def __init__(self, slots: int, listener: JobListener, host: KerasHost) -> None:
        self._slots, self._listener = slots, listener
        self._trainer = JobTrainer(host)
        self._threads: set[threading.Thread] = set()
        self._trainer.warm_up()

    def count_slots(self) -> int:
        return self._slots

    def has_ended(self) -> bool:
        return False

    def submit(self, job: Job) -> None:
        thread = threading.Thread(target=self._train, args=(job,), name=job.key, daemon=True)
        self._threads = {other for other in self._threads if other.is_alive()} | {thread}
        thread.start()

    def stop(self, key: str) -> None:
        self._trainer.stop(key)

    def interrupt(self, key: str) -> None:
        self._trainer.interrupt(key)

    def close(self) -> None:
        self._trainer.close()
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)
        # A thread that was just starting its child has started another process for it.
        self._trainer.close()

    def _train(self, job: Job) -> None:
        self._listener.on_end(job.key, JobEnd(self._trainer.train(job, self._listener.on_events)))
