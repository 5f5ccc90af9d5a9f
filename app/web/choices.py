"""What a field may be chosen from: agencies to send to, posts to give work to, kinds of document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.documents.rules import TYPES, URGENCIES
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Level, Unit
from app.domain.registers import queries as registers
from app.web.i18n import locale, t


@dataclass(frozen=True)
class Choice:
    """One thing to choose; `group` is the heading it stands under, `hint` a second line."""

    value: str
    label: str
    group: str = ""
    hint: str = ""


Source = Callable[[Actor, UUID], list[Choice]]


def for_form(schema: Mapping[str, Any], actor: Actor, unit_id: UUID) -> dict[str, list[Choice]]:
    """The choices of every field that takes them from data, as they are today at one agency."""
    wanted = {name: source(field) for name, field in schema.get("properties", {}).items()}
    return {name: SOURCES[found](actor, unit_id) for name, found in wanted.items() if found in SOURCES}


def agencies(_actor: Actor, unit_id: UUID) -> list[Choice]:
    """Agencies a document can be sent to, by level and by the agency above them; one's own is not among them."""
    found = [unit for unit in orgunits.agencies() if unit.id != unit_id]
    parents = orgunits.units(unit.parent_id for unit in found if unit.parent_id is not None)
    return [Choice(str(unit.id), unit.name, _place(unit, parents)) for unit in found]


def posts(_actor: Actor, unit_id: UUID) -> list[Choice]:
    """Posts (chức danh) of an agency and of its divisions."""
    return [Choice(str(post.id), post.title, post.unit.name) for post in orgunits.posts_of_agency(unit_id)]


def document_types(_actor: Actor, _unit_id: UUID) -> list[Choice]:
    """Kinds of document (NĐ 30/2020, Đ7)."""
    return [Choice(code, t(f"document_type.{code}")) for code in TYPES]


def urgencies(_actor: Actor, _unit_id: UUID) -> list[Choice]:
    """Degrees of urgency (mức độ khẩn)."""
    return [Choice(code, t(f"urgency.{code}")) for code in URGENCIES]


def own_registers(actor: Actor, _unit_id: UUID) -> list[Choice]:
    """Registers the actor may read."""
    return [Choice(str(one.id), one.name) for one in registers.visible_registers(actor)]


SOURCES: dict[str, Source] = {
    "agencies": agencies,
    "posts": posts,
    "document_types": document_types,
    "urgencies": urgencies,
    "registers": own_registers,
}
BY_WIDGET = {"units": "agencies", "posts": "posts"}


def level_name(level: Level) -> str:
    """The name of a level in the reader's language."""
    return level.name_en if locale() == "en" else level.name_vi


def source(field: Mapping[str, Any]) -> str:
    """Which data a field is chosen from; empty when its choices stand in the form."""
    hints = field.get("x-ui", {})
    return str(hints.get("options") or BY_WIDGET.get(hints.get("widget"), ""))


def _place(unit: Unit, parents: Mapping[UUID, Unit]) -> str:
    above = parents.get(unit.parent_id) if unit.parent_id is not None else None
    level = level_name(unit.level)
    return level if above is None else t("choice.level_under", level=level, unit=above.short_name)
