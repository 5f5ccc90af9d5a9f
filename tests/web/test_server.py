"""The real server, as operators run it behind a proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import request

from app.cli.web import options
from app.factory import create_app
from app.settings import Settings
from tests import house
from tests.serving import served


@contextmanager
def _served(settings: Settings) -> Iterator[int]:
    app = create_app(settings)
    app.add_url_rule("/api/v1/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
    with served(app, **options(settings)) as port:
        yield port


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
