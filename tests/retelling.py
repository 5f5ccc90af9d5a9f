"""Stories that tests begin with, told once: the next who asks for one gets a copy of the house it was told in."""

import shutil
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from time_machine import escape_hatch

from app.kernel import clock
from app.kernel.db import db
from tests import databases

R = TypeVar("R")
KEY = "tests.retelling"
UNFINISHED = shutil.ignore_patterns(".*")
"""Files somebody is about to give their name."""
READING = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")
_written: set[str] = set()


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith(READING):
        _written.add(str(connection.engine.url))


@dataclass(frozen=True)
class Story:
    """What an act returned, and what the house was like then: its folder, and a database if that is elsewhere."""

    result: Any
    folder: Path
    database: str


Stories = dict[tuple[Hashable, ...], Story]


@dataclass(eq=False)
class Memory:
    """What was told in a house since it was new, and what it was like then."""

    folder: Path
    stories: Stories
    told: tuple[Hashable, ...] = ()
    state: object = None

    def begin(self, app: Flask) -> None:
        """The house is as it should be."""
        app.extensions[KEY] = self
        _written.discard(_url())
        self.state = _state(app, self.folder)

    def is_as_told(self, app: Flask) -> bool:
        """Whether nothing but stories happened here, and at no other time than now."""
        return not escape_hatch.is_travelling() and _url() not in _written and self.state == _state(app, self.folder)


def retold(key: Hashable, act: Callable[[], R]) -> R:
    """What an act brings about, from whoever did the same in a house as new as this one if there was such a one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    memory: Memory | None = app.extensions.get(KEY)
    if memory is None or not memory.is_as_told(app):
        return act()
    told = (*memory.told, clock.office_day(), key)
    story = memory.stories.get(told)
    if story is None:
        result = act()
        _leave()
        memory.stories[told] = story = _kept(memory, result)
    else:
        _leave()
        _bring(memory, story)
    memory.told = told
    memory.begin(app)
    found: R = story.result
    return found


def forget(stories: Stories) -> None:
    """Take away what is not in folders."""
    for story in stories.values() if databases.SERVER else ():
        databases.drop(story.database)


def _kept(memory: Memory, result: Any) -> Story:
    folder = memory.folder.with_name(f"story-{uuid4().hex[:8]}")
    shutil.copytree(memory.folder, folder, ignore=UNFINISHED)
    if databases.SERVER is None:
        return Story(result, folder, "")
    database = db.engine.url.set(database=folder.name).render_as_string(hide_password=False)
    databases.create(database, _url())
    return Story(result, folder, database)


def _bring(memory: Memory, story: Story) -> None:
    shutil.rmtree(memory.folder)
    shutil.copytree(story.folder, memory.folder)
    if databases.SERVER is not None:
        databases.drop(_url())
        databases.create(_url(), story.database)


def _leave() -> None:
    """Let go of the database; who holds rows reads them anew."""
    db.session.rollback()
    db.session.expire_all()
    db.engine.dispose()


def _url() -> str:
    return str(db.engine.url)


def _state(app: Flask, folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Any], frozenset[tuple[str, int, int]]]:
    """What a test may have changed beside rows: settings, equipment, keys."""
    keys = ((str(path), path.stat()) for path in (folder / "pki").rglob("[!.]*") if path.is_file())
    files = frozenset((name, stat.st_size, stat.st_mtime_ns) for name, stat in keys)
    return dict(app.config), dict(app.extensions), files
