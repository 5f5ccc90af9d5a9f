"""The RQ worker of the house: one queue, rings only, no retries or schedules of RQ's own."""

from typing import Any

from flask import Flask
from redis import Redis
from rq import Queue, Worker

from app.jobs import stopping
from app.jobs.queue import NAME, HouseJob
from app.kernel.db import db


class HouseWorker(Worker):
    """Runs each ring in a forked child, inside the application."""

    house: Flask

    def perform_job(self, job: Any, queue: Queue, execution: Any) -> bool:
        """Answer one ring; a forked child must not share the parent's database connections."""
        with self.house.app_context():
            db.engine.dispose(close=False)
            return bool(super().perform_job(job, queue, execution))

    def handle_warm_shutdown_request(self) -> None:
        """Who answers a ring at this moment is told, too."""
        stopping.ask(self.house)


def run(app: Flask) -> None:
    """Work until told to stop; what is under way then gets a few seconds.

    Numbers from measurement: a lost machine is noticed after about a minute.
    """
    patient = Redis.from_url(app.config["REDIS_URL"])
    worker = HouseWorker(
        [Queue(NAME, connection=patient, serializer="json", job_class=HouseJob)],
        connection=patient,
        job_class=HouseJob,
        serializer="json",
        job_monitoring_interval=5,
        worker_ttl=30,
        maintenance_interval=15,
        log_job_description=False,
    )
    worker.house = app
    stopping.prepare(app)
    worker.work(with_scheduler=False, logging_level="WARNING")
