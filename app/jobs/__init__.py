"""Work done later, by another process. Redis is the doorbell; the outbox is the letterbox."""

from flask import Flask

from app.jobs import documents, exchange, queue, signatures
from app.kernel import events


def init_app(app: Flask) -> None:
    """Hang the bell and name those who answer it."""
    queue.init_app(app)
    events.install(documents.SUBSCRIBERS | signatures.SUBSCRIBERS | exchange.SUBSCRIBERS)
