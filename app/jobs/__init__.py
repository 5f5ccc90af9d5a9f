"""Work done later, by another process. Redis is the doorbell; the outbox is the letterbox."""

from flask import Flask

from app.jobs import queue, subscribers
from app.kernel import events


def init_app(app: Flask) -> None:
    """Hang the bell and name the work that facts promise."""
    queue.init_app(app)
    events.install(subscribers.SUBSCRIBERS)
