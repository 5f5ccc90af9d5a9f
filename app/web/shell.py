"""What stands around every page: who reads it, where they can go, how it looks."""

from dataclasses import dataclass

from flask import Flask, g, request

from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases import notices
from app.domain.orgunits import queries as orgunits
from app.web import session
from app.web.i18n import t

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "eo_theme"
# Address, words, icon, permissions each of which opens it (none: for everyone).
PLACES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("/", "nav.inbox", "inbox", ()),
    ("/documents", "nav.documents", "document", ()),
    ("/registers", "nav.registers", "register", ("registers.read",)),
    ("/cases/start", "nav.start", "write", ("cases.start",)),
    ("/procedures", "nav.procedures", "flow", ("procedures.read",)),
    ("/operations", "nav.operations", "flow", ("cases.operate",)),
    ("/exchange", "nav.exchange", "send", ("exchange.register", "exchange.send", "system.operate")),
)


@dataclass(frozen=True)
class Place:
    """One entry of the way around."""

    url: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True)
class Viewer:
    """The reader as the top of the page shows them."""

    name: str
    initials: str
    agency: str
    posts: tuple[str, ...]
    nav: tuple[Place, ...]
    unread: int


def init_app(app: Flask) -> None:
    """Let the base template ask."""
    app.jinja_env.globals.update(viewer=viewer, theme=theme, here=here)


def viewer() -> Viewer | None:
    """The reader, or None at the door. Two SQL statements: the name of the agency and the notices that wait."""
    person: Person | None = g.get("person")
    if person is None:
        return None
    actor = session.current_actor()
    units = orgunits.units({seat.agency_id for seat in actor.seats[:1]})
    agency = next((unit.short_name for unit in units.values()), "")
    posts = tuple(seat.title for seat in actor.seats)
    return Viewer(person.name, initials(person.name), agency, posts, tuple(_places(actor)), notices.unread(actor))


def theme() -> str:
    """Light, dark, or as the system says."""
    chosen = request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"


def here() -> str:
    """The page being read, to come back to it; one that was posted to is no such place."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def initials(name: str) -> str:
    """Two letters: the first and the last word, as in Trần Thị Bình: TB."""
    words = [word for word in name.split() if word[:1].isalpha()]
    letters = [words[0][0], *([words[-1][0]] if len(words) > 1 else [])] if words else ["?"]
    return "".join(letters).upper()


def _places(actor: Actor) -> list[Place]:
    """The entries this actor can use; the current one is the longest that starts the address."""
    open_to = [place for place in PLACES if not place[3] or any(actor.places(one) for one in place[3])]
    matching = [url for url, *_ in open_to if _is_under(url)]
    current = max(matching, key=len, default="")
    return [Place(url, t(key), icon, url == current) for url, key, icon, _ in open_to]


def _is_under(url: str) -> bool:
    return request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
