"""An application behind an address, on the server that operators run."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import waitress
from waitress import wasyncore

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@contextmanager
def served(app: "WSGIApplication", **options: Any) -> Iterator[int]:
    """The port of a running server; at the end nobody is served any more and nothing of it is left."""
    channels: dict[int, Any] = {}
    server = waitress.create_server(app, map=channels, **{"host": "127.0.0.1", "threads": 4, **options, "port": 0})
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()  # first: who still serves a channel pulls at what closing takes away
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))  # by the loop itself, which ends without any
        thread.join()
