"""What places that say something about procedures are called, and which of them a reader may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask

from app.domain.actors.actor import Actor
from app.domain.procedures import places, queries
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.places import COMMON, LIBRARY, Chart
from app.web import i18n
from app.web.i18n import has, t


@dataclass(frozen=True)
class Names:
    """The names of all places, as they are today."""

    known: Chart

    def place(self, place: str) -> str:
        """`units/xa-tinh-bac` as people say it; what ships with the product is said to."""
        if place.startswith(LIBRARY):
            return t("place.library", place=self.place(place.removeprefix(LIBRARY)))
        kind, _, code = place.partition("/")
        if kind == "units":
            return self.known.unit(code).short_name
        if kind == "levels" and code in self.known.levels:
            level = self.known.levels[code]
            return level.name_vi if i18n.locale() == i18n.DEFAULT else level.name_en
        return t("place.common") if place == COMMON else place

    def title(self, kind: str, key: str) -> str:
        """What a procedure or a form is called in the reader's language; its key when it has no name."""
        said = self._titles.get(kind, {}).get(key, {})
        return said.get(i18n.locale()) or said.get(i18n.DEFAULT) or key

    def draft(self, draft: LayerDraft) -> str:
        """What a draft calls what it is about; what is not published yet is known by no other name."""
        said = draft.content.get("title") or {}
        return said.get(i18n.locale()) or said.get(i18n.DEFAULT) or self.title(draft.kind, draft.key)

    def is_here(self, place: str) -> bool:
        """Whether a place exists in this country of units."""
        return self.known.is_here(place)

    @cached_property
    def _titles(self) -> dict[str, dict[str, Mapping[str, str]]]:
        return {kind: queries.titles(kind) for kind in ("procedure", "form")}

    def editable(self, actor: Actor) -> list[tuple[str, str]]:
        """The places an actor may write for, with their names: what is common, levels, agencies."""
        shared = [COMMON, *(f"levels/{code}" for code in self.known.levels)]
        units = sorted(self.known.units.values(), key=lambda one: (one.level.rank, one.name))
        found = [*shared, *(f"units/{one.code}" for one in units if one.is_agency)]
        return [(one, self.place(one)) for one in found if places.may(actor, "procedures.edit", one, self.known)]


def init_app(app: Flask) -> None:
    """Let the templates ask."""
    app.jinja_env.filters.update(element_part=element_part, element_kind=element_kind)


def names() -> Names:
    """Read once for a page (two statements)."""
    return Names(places.chart())


def part(path: str) -> str:
    """What a value is called: `parameters.handling_days` is "tham số handling_days"."""
    section, _, rest = path.partition(".")
    key = f"part.{section}"
    words = t(key) if has(key) else section
    if rest and has(f"part.{path}"):
        return t(f"part.{path}")
    return f"{words}: {rest}" if rest else words


def element_part(name: str) -> str:
    """What a part of a drawn element is called; the words of the notation for those that have no others."""
    key = f"difference.{name}"
    return t(key) if has(key) else name


def element_kind(name: str) -> str:
    """What kind of element it is, in words."""
    key = f"element.{name}"
    return t(key) if has(key) else name


def written(value: Any) -> str:
    """A value as it is read; long texts are cut."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {written(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return t("answer.yes" if value else "answer.no")
    if isinstance(value, str) and has(f"value.{value}"):
        return t(f"value.{value}")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - a cell of a table
