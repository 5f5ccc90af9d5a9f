"""What places that say something about procedures are called, and which of them a reader may change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.procedures import places
from app.domain.procedures.places import COMMON, LIBRARY, Chart
from app.web import i18n
from app.web.i18n import has, t

SHORT = ("parameters", "forms", "steps", "decisions", "called")


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
            return next((one.short_name for one in self.known.units.values() if one.code == code), code)
        if kind == "levels" and code in self.known.levels:
            level = self.known.levels[code]
            return level.name_vi if i18n.locale() == i18n.DEFAULT else level.name_en
        return t("place.common") if place == COMMON else place

    def editable(self, actor: Actor) -> list[tuple[str, str]]:
        """The places an actor may write for, with their names: what is common, levels, agencies."""
        shared = [COMMON, *(f"levels/{code}" for code in self.known.levels)]
        units = sorted(self.known.units.values(), key=lambda one: (one.level.rank, one.name))
        found = [*shared, *(f"units/{one.code}" for one in units if one.is_agency)]
        return [(one, self.place(one)) for one in found if places.may(actor, "procedures.edit", one, self.known)]


def names() -> Names:
    """Read once for a page (two statements)."""
    return Names(places.chart())


def part(path: str) -> str:
    """What a value is called: `parameters.handling_days` is "tham số handling_days"."""
    section, _, rest = path.partition(".")
    key = f"part.{section}"
    words = t(key) if has(key) else section
    return f"{words}: {rest}" if rest else words


def written(value: Any) -> str:
    """A value as it is read; long texts are cut."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {written(one)}" for name, one in value.items())
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - a cell of a table


def origin(places_of_parts: Iterable[str], known: Names) -> str:
    """Several origins in one line, each once."""
    return ", ".join(dict.fromkeys(known.place(one) for one in places_of_parts))
