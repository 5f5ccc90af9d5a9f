"""Databases for tests: SQLite files, or on the PostgreSQL server that EOFFICE_TEST_DATABASE_URL names."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url

SERVER = os.environ.get("EOFFICE_TEST_DATABASE_URL")
"""A PostgreSQL server whose user may create databases; without it every test has an SQLite file of its own."""


@event.listens_for(Engine, "connect")
def _hurry(connection: Any, _record: Any) -> None:
    """No test cuts the power: what a killed process has committed survives without waiting for the disk."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")


@contextmanager
def database(path: Path, source: str | None = None, name: str = "") -> Iterator[str]:
    """An SQLite file, or a database on the test server; a copy of `source` if there is one, called `name` if it is."""
    if SERVER is None:
        if source is not None:
            shutil.copy(make_url(source).database or "", path)
        yield f"sqlite:///{path}"
        return
    url = make_url(SERVER).set(database=f"eoffice_test_{name or uuid4().hex[:12]}")
    create(url.render_as_string(hide_password=False), source)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        drop(url.render_as_string(hide_password=False))


def create(url: str, source: str | None) -> None:
    """Make a database of the server, a copy of `source` or empty; nobody may be at `source`."""
    copy = f' TEMPLATE "{make_url(source).database}"' if source else ""
    _on_server(f'CREATE DATABASE "{make_url(url).database}"{copy}')


def drop(url: str) -> None:
    """Take a database of the server away, whoever is at it."""
    _on_server(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


def _on_server(statement: str) -> None:
    engine = create_engine(SERVER or "", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
