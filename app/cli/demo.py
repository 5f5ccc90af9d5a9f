"""Filling an empty database with a demo world: a part of Quảng Ngãi as it was in 2017, or as it is since 2025.

The worlds are data (`demo/*.toml`); every one of their people shares one public password, every key is marked DEMO.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.access.models import Role, RoleGrant
from app.domain.actors.commands import password_hash
from app.domain.actors.models import Person
from app.domain.orgunits.models import Level, Post, PostHolder, SpecialDay, Unit, UnitIdentifier
from app.domain.procedures.adoption import adopt
from app.domain.registers.models import Register
from app.domain.signers.models import SignerKey
from app.kernel.db import Model, command, db
from app.kernel.errors import Missing
from signing.demo_pki import Subject

FOLDER = Path(__file__).resolve().parents[2] / "demo"
PASSWORD = "eoffice-demo"  # noqa: S105 - public on purpose: printed at every start, refused in production
REGISTERS = {
    "outgoing": "Sổ đăng ký văn bản đi",
    "incoming": "Sổ đăng ký văn bản đến",
    "copy": "Sổ đăng ký bản sao",
}
World = Mapping[str, Any]


def read(name: str) -> World:
    """A world by its year. Errors: Missing."""
    path = FOLDER / f"quang_ngai_{name}.toml"
    if not name.isalnum() or not path.is_file():
        raise Missing("world.missing", name=name)
    return tomllib.loads(path.read_text("utf-8"))


def subjects(world: World) -> list[Subject]:
    """Who needs a key: every agency, and whoever may sign for one."""
    names = {unit["code"]: unit["short_name"] for unit in world["units"]}  # a certificate has 64 bytes for a name
    agencies = [
        Subject(f"organisation-{unit['code']}", "organisation", unit["short_name"], unit["short_name"])
        for unit in world["units"]
        if unit["agency"]
    ]
    signers = [
        Subject(f"person-{post['sign_in']}", "person", post["name"], names[post["unit"]])
        for post in world["posts"]
        if post["role"] == "chairman"
    ]
    return [*agencies, *signers]


def is_empty() -> bool:
    """Whether the database has no unit yet."""
    return db.session.scalar(select(Unit.id).limit(1)) is None


def loaded() -> World | None:
    """The world this database was filled with, if any."""
    for path in sorted(FOLDER.glob("quang_ngai_*.toml")):
        world = tomllib.loads(path.read_text("utf-8"))
        if db.session.scalar(select(Person.id).where(Person.sign_in == world["tour"]["drafter"])) is not None:
            return world
    return None


@command
def load(world: World) -> None:
    """Write a whole world, or nothing of it."""
    since = world["valid_from"]
    _keep(Level(**_level(level)) for level in world["levels"])
    _load_roles()
    units = _load_units(world["units"], since)
    people = _load_people(world["posts"])
    _load_posts(world["posts"], units, people, since)
    _load_registers(world, units)
    _keep(SpecialDay(**day) for day in world.get("special_days", ()))
    _set_up_signers(world)
    adopt()


@command
def set_up_signers(world: World) -> None:
    """Give a world of an earlier release the set-ups it has no rows for yet."""
    if db.session.scalar(select(SignerKey.id).limit(1)) is None:
        _set_up_signers(world)


def _keep(rows: Iterable[Model]) -> None:
    db.session.add_all(rows)
    db.session.flush()


def _level(level: Mapping[str, Any]) -> dict[str, Any]:
    return {**level, "base": level.get("base") or None}


def _load_roles() -> None:
    roles = tomllib.loads((FOLDER / "roles.toml").read_text("utf-8"))["roles"]
    _keep(Role(code=role["code"], name_vi=role["name_vi"], name_en=role["name_en"]) for role in roles)
    _keep(RoleGrant(role_code=role["code"], permission=one) for role in roles for one in role["permissions"])


def _load_units(entries: Iterable[Mapping[str, Any]], since: date) -> dict[str, UUID]:
    """Parents come before their children in the file."""
    ids: dict[str, UUID] = {}
    for entry in entries:
        unit = Unit(
            code=entry["code"],
            name=entry["name"],
            short_name=entry["short_name"],
            abbreviation=entry["abbreviation"],
            place=entry["place"],
            level_code=entry["level"],
            parent_id=ids[entry["parent"]] if entry.get("parent") else None,
            is_agency=entry["agency"],
            valid_from=since,
        )
        _keep([unit])
        ids[unit.code] = unit.id
        _keep(
            UnitIdentifier(unit_id=unit.id, scheme=scheme, code=code, valid_from=since)
            for scheme, code in entry.get("identifiers", {}).items()
        )
    return ids


def _load_people(posts: Iterable[Mapping[str, Any]]) -> dict[str, UUID]:
    """One person for each sign-in; one hash serves all, since they share the password."""
    hashed = password_hash(PASSWORD)
    names = {post["sign_in"]: post["name"] for post in posts}
    people = [Person(sign_in=key, name=name, password_hash=hashed, is_demo=True) for key, name in names.items()]
    _keep(people)
    return {person.sign_in: person.id for person in people}


def _load_posts(
    entries: Iterable[Mapping[str, Any]], units: Mapping[str, UUID], people: Mapping[str, UUID], since: date
) -> None:
    for entry in entries:
        post = Post(
            unit_id=units[entry["unit"]],
            key=entry["key"],
            title=entry["title"],
            role=entry["role"],
            capacity=entry.get("capacity", ""),
        )
        _keep([post])
        _keep([PostHolder(post_id=post.id, person_id=people[entry["sign_in"]], valid_from=since)])


def _load_registers(world: World, units: Mapping[str, UUID]) -> None:
    named = {(one["unit"], one["kind"]): one["name"] for one in world.get("registers", ())}
    _keep(
        Register(unit_id=units[unit["code"]], kind=kind, name=named.get((unit["code"], kind), name))
        for unit in world["units"]
        if unit["agency"]
        for kind, name in REGISTERS.items()
    )


def _set_up_signers(world: World) -> None:
    """Everybody of `subjects` signs with a key of the demonstration."""
    people = {person.sign_in: person.id for person in db.session.scalars(select(Person))}
    units = {unit.code: unit.id for unit in db.session.scalars(select(Unit))}
    for subject in subjects(world):
        kind, _, name = subject.key_id.partition("-")
        owner = {"person_id": people[name]} if kind == "person" else {"unit_id": units[name]}
        _keep([SignerKey(provider="demo", reference=subject.key_id, state="ready", **owner)])
