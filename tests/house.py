"""A house for tests: a database and keys made once, copied for each test; people at their desks."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.cli import demo
from app.cli.database import migrate
from app.domain.access import queries as access
from app.domain.actors import commands as accounts
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post, Unit
from app.factory import acquaint, create_app
from app.gateways.files import FileStore
from app.jobs import outbox
from app.kernel.db import db
from app.settings import Settings, from_environment
from app.web import refusals
from signing import demo_pki
from tests import retelling
from tests.databases import database

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(demo.PASSWORD)
"""The password of everybody, hashed so that finding it costs nothing: people of tests sign in by the thousand."""


@dataclass(frozen=True)
class Template:
    """A world that is ready to be copied; `vacant` are applications whose tests are over, `stories` what they told."""

    folder: Path
    database_url: str
    world: Mapping[str, Any]
    vacant: "list[Home]" = field(default_factory=list)
    stories: retelling.Stories = field(default_factory=dict)


@dataclass(frozen=True)
class Home:
    """An application at a place that does not change, with the state in which tests get it."""

    folder: Path
    app: Flask
    config: Mapping[str, Any]
    extensions: Mapping[str, Any]

    def tidy(self) -> None:
        """Take out what a test hung into it: its folder and database are new already."""
        for kept, found in ((self.config, self.app.config), (self.extensions, self.app.extensions)):
            found.clear()
            found.update(kept)
        self.app.extensions["files"] = FileStore(self.folder / "files")
        refusals.init_app(self.app)
        acquaint()


@contextmanager
def template(folder: Path, name: str) -> Iterator[Template]:
    """A migrated database with a demo world in it, and its keys."""
    with database(folder / "template.sqlite3") as url:
        settings = settings_for(folder, url)
        world = demo.read(name)
        migrate(url)
        demo_pki.create(settings.pki, demo.subjects(world))
        with _running(create_app(settings)):
            demo.load(world)
            db.session.execute(update(Person).values(password_hash=CHEAP))
            db.session.connection().commit()
        made = Template(folder, url, world)
        yield made
        retelling.forget(made.stories)


@contextmanager
def lent(made: Template, *, retells: bool = False) -> Iterator[Flask]:
    """An application as the template was, which other tests have used before.

    Its folder and database are new; its routes, compiled pages and compiled statements, which cost more than most tests
    do, are still there. With `retells`, what others told in a new house is not told again (see `retelling`).
    """
    home = made.vacant.pop() if made.vacant else None
    folder = home.folder if home else made.folder / f"home-{uuid4().hex[:8]}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(made.folder / "pki", folder / "pki", ignore=retelling.UNFINISHED)
    with database(folder / "eoffice.sqlite3", made.database_url, folder.name) as url:
        home = home or _home(folder, url)
        home.tidy()
        with _running(home.app):
            if retells:
                retelling.Memory(folder, made.stories).begin(home.app)
            yield home.app
    made.vacant.append(home)


def _home(folder: Path, url: str) -> Home:
    app = create_app(settings_for(folder, url), TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    return Home(folder, app, dict(app.config), dict(app.extensions))


@contextmanager
def copied(made: Template, folder: Path, **config: Any) -> Iterator[Flask]:
    """An application of its own, as the template was: for who configures or changes it."""
    shutil.copytree(made.folder / "pki", folder / "pki", ignore=retelling.UNFINISHED)
    with database(folder / "eoffice.sqlite3", made.database_url) as url:
        app = create_app(settings_for(folder, url), TESTING=True, **config)
        with _running(app):
            yield app


def settings_for(folder: Path, database_url: str) -> Settings:
    """The settings of a test: everything inside its folder, Redis away unless a test brings one."""
    found = {
        "EOFFICE_DATA": str(folder),
        "EOFFICE_DATABASE_URL": database_url,
        "EOFFICE_REDIS_URL": os.environ.get("EOFFICE_TEST_REDIS_URL", "unix:///nonexistent/redis.sock"),
    }
    return from_environment(found)


class Office:
    """The people of a world, for tests."""

    def __init__(self, app: Flask, world: Mapping[str, Any]) -> None:
        self.app, self.world = app, world
        self.tour: Mapping[str, Any] = world["tour"]

    def person(self, sign_in: str) -> Person:
        """An account."""
        found = db.session.scalar(select(Person).where(Person.sign_in == sign_in))
        assert found is not None, sign_in
        return found

    def actor(self, sign_in: str) -> Actor:
        """A person in their posts, as they are today."""
        return access.actor_of(self.person(sign_in).id)

    def unit(self, code: str) -> Unit:
        """A unit by its code."""
        return orgunits.unit_by_code(code)

    def post(self, key: str) -> Post:
        """A post by its key."""
        found = db.session.scalar(select(Post).where(Post.key == key))
        assert found is not None, key
        return found

    def client(self, sign_in: str | None = None) -> FlaskClient:
        """A browser, with the session of a person unless nobody is named; forms need no CSRF token in it."""
        client = self.app.test_client()
        if sign_in is not None:
            secret = accounts.sign_in(sign_in, demo.PASSWORD)
            with client.session_transaction() as session:
                session["secret"] = secret
        return client

    def work(self, limit: int = 500) -> int:
        """Do what the outbox promises until nothing is due; how many jobs that were."""
        for done in range(limit):
            if not outbox.run_one():
                return done
        raise AssertionError("the outbox does not run dry")


@contextmanager
def _running(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
