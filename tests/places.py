"""Places that say something: administrators at any unit, and layers that are published in one line."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.orgunits.models import Level, Post, PostHolder, Unit
from app.domain.procedures import drafts, publishing
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerVersion, ProcedureVersion
from app.domain.procedures.publishing import Words
from app.kernel.db import command, db
from tests.house import Office

ROOT, DISTRICT, COMMUNE, OTHER = "tinh-quang-ngai", "huyen-son-tinh", "xa-tinh-bac", "xa-tinh-binh"
KEY = "incoming_document"
SINCE = date(2000, 1, 1)


@command
def administrator(office: Office, unit_code: str) -> str:
    """An administrator of procedures at a unit; the name to sign in with."""
    name = f"quantri.{unit_code}"
    if db.session.scalar(select(Person.id).where(Person.sign_in == name)) is None:
        like = office.person(office.tour["drafter"])
        person = Person(sign_in=name, name=f"Quản trị {unit_code}", password_hash=like.password_hash, is_demo=True)
        post = Post(unit_id=office.unit(unit_code).id, key=name, title="Quản trị quy trình", role="administrator")
        db.session.add_all([person, post])
        db.session.flush()
        db.session.add(PostHolder(post_id=post.id, person_id=person.id, valid_from=SINCE))
    return name


def admin(office: Office, unit_code: str) -> Actor:
    """That administrator."""
    return office.actor(administrator(office, unit_code))


def draft(
    actor: Actor, place: str, content: Mapping[str, Any], *, kind: str = "procedure", key: str = KEY
) -> LayerDraft:
    """What somebody writes for a place, over whatever was written before."""
    about = Subject(kind, key, place)
    known = drafts.draft_about(about)
    return drafts.save_draft(actor, about, content, row_version=None if known is None else known.row_version)


def say(
    actor: Actor, place: str, content: Mapping[str, Any], *, kind: str = "procedure", key: str = KEY
) -> LayerVersion:
    """Write it and publish it."""
    made = draft(actor, place, content, kind=kind, key=key)
    return publishing.publish(actor, made.id, Words("Theo quyết định của cơ quan."))


@command
def level(code: str, rank: int, base: str | None = None) -> Level:
    """One more level of government."""
    made = Level(code=code, name_vi=f"Cấp {code}", name_en=f"Level {code}", rank=rank, base=base)
    db.session.add(made)
    return made


@command
def unit(office: Office, code: str, level_code: str, parent: str) -> Unit:
    """One more agency."""
    names = {"name": f"Cơ quan {code}", "short_name": code, "abbreviation": "CQ", "place": "Quảng Ngãi"}
    made = Unit(code=code, level_code=level_code, is_agency=True, valid_from=SINCE, **names)
    made.parent_id = office.unit(parent).id
    db.session.add(made)
    db.session.flush()
    return made


def handling_days(version: ProcedureVersion) -> Any:
    """The parameter that the tests change."""
    return version.parameters["handling_days"]
