"""The doorbell: how a worker learns that there is work. It carries nothing but the ring."""

from flask import Flask, current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job

from app.kernel import outbox

NAME = "work"
DRAIN = "app.jobs.outbox.drain"
WAITING_RINGS = 2


class HouseJob(Job):
    """An RQ job that can only be a ring: whoever writes to Redis cannot choose what runs here."""

    @property
    def func(self) -> object:
        """The one function a ring may call."""
        if self.func_name != DRAIN or self.instance is not None or self.args or self.kwargs:
            raise PermissionError("only rings without arguments are answered")
        return super().func

    @property
    def success_callback(self) -> None:
        """No callbacks: they would name functions."""
        self._refuse(self._success_callback_name)

    @property
    def failure_callback(self) -> None:
        """No callbacks: they would name functions."""
        self._refuse(self._failure_callback_name)

    @property
    def stopped_callback(self) -> None:
        """No callbacks: they would name functions."""
        self._refuse(self._stopped_callback_name)

    @staticmethod
    def _refuse(name: str | None) -> None:
        if name:
            raise PermissionError("rings have no callbacks")


def init_app(app: Flask) -> None:
    """Ring for every promise made."""
    app.extensions["bell"] = bell(app.config["REDIS_URL"])
    outbox.promised.connect(_answer)


def bell(url: str) -> Queue:
    """The queue of rings; a request never waits long for a Redis that is away."""
    redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    return Queue(NAME, connection=redis, serializer="json", job_class=HouseJob)


def ring() -> None:
    """Wake a worker, unless it will wake anyway. A bell that fails must not undo a letter: the clock rings again."""
    queue: Queue = current_app.extensions["bell"]
    try:
        if queue.count < WAITING_RINGS:
            queue.enqueue_call(DRAIN, result_ttl=0, failure_ttl=60, timeout=300)
    except RedisError as silence:
        current_app.logger.warning("the bell is silent: %s", type(silence).__name__)


def _answer(_sender: object) -> None:
    ring()
