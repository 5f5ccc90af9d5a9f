"""Levels, units, identifiers, posts and holidays: all of them rows, all of them dated."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Model


class Level(Model):
    """A level of government (cấp). `base` makes a level a kind of another: a special zone is a kind of commune."""

    __tablename__ = "level"

    code: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    rank: Mapped[int]
    base: Mapped[str | None]


class Unit(Model):
    """An agency (cơ quan) with its own register and seal, or a division (đơn vị) inside one."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short_name: Mapped[str]
    abbreviation: Mapped[str]
    place: Mapped[str]
    level_code: Mapped[str] = mapped_column(ForeignKey("level.code"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    is_agency: Mapped[bool]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    level: Mapped[Level] = relationship(lazy="joined")


class UnitIdentifier(Model):
    """An identifier (mã định danh) in one scheme: QCVN 102:2016 or QĐ 20/2020/QĐ-TTg."""

    __tablename__ = "unit_identifier"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    scheme: Mapped[str]
    code: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    __table_args__ = (UniqueConstraint("scheme", "code", "valid_from"),)


class Succession(Model):
    """Which unit took over (cơ quan kế thừa) from one that was abolished, and from which day on."""

    __tablename__ = "succession"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), unique=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    since: Mapped[date]


class Post(Model):
    """A post (chức danh) at a unit; `capacity` is printed above its signature (NĐ 30/2020, Đ13)."""

    __tablename__ = "post"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    role: Mapped[str]
    capacity: Mapped[str] = mapped_column(default="")

    unit: Mapped[Unit] = relationship(lazy="joined")


class PostHolder(Model):
    """Who holds a post, from when to when."""

    __tablename__ = "post_holder"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class SpecialDay(Model):
    """A public holiday, or a weekend day that is worked in exchange (ngày hoán đổi)."""

    __tablename__ = "special_day"

    day: Mapped[date] = mapped_column(unique=True)
    is_working: Mapped[bool]
    name: Mapped[str]
