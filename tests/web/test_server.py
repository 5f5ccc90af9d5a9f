"""The real server, as operators run it behind a proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import waitress
from flask import Flask, request
from waitress import wasyncore

from app.cli.web import options
from app.factory import create_app
from app.settings import Settings
from tests import house


@contextmanager
def _served(settings: Settings) -> Iterator[int]:
    app: Flask = create_app(settings)
    app.add_url_rule("/api/v1/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
    channels: dict[int, Any] = {}
    server = waitress.create_server(app, map=channels, **{**options(settings), "port": 0})
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()  # first: who still serves a channel pulls at what closing takes away
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))  # by the loop itself, which ends without any
        thread.join()


def _ask(port: int, place: str, **headers: str) -> str:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", place, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return line.getresponse().read().decode()
    finally:
        line.close()


@pytest.mark.parametrize(("proxies", "heard"), [(1, "203.0.113.9 https"), (0, "127.0.0.1 http")])
def test_the_address_a_trusted_proxy_tells_reaches_the_application(tmp_path: Path, proxies: int, heard: str) -> None:
    settings = replace(house.settings_for(tmp_path, "sqlite://"), trusted_proxies=proxies)
    with _served(settings) as port:
        told = _ask(port, "/api/v1/who", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")

    assert told == heard
