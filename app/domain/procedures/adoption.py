"""What ships with the product becomes versions of the library's own places, below what people publish there."""

from sqlalchemy import select, update

from app.domain.procedures import library, notices, places
from app.domain.procedures.models import LayerVersion
from app.domain.procedures.places import LIBRARY
from app.kernel import clock
from app.kernel.db import command, db


@command
def adopt() -> int:
    """Take over what this release ships, and withdraw what it no longer ships; how much changed.

    Twice is harmless: content that is known already makes no version.
    """
    known, chart = _newest(), places.chart()
    changes = 0
    for kind, key, place, content in library.contents():
        before = known.pop((kind, key, f"{LIBRARY}{place}"), None)
        name = library.digest(content)
        if before is None or before.sha256 != name or before.retired_at is not None:
            number = 1 if before is None else before.number + 1
            mine = LayerVersion(kind=kind, key=key, place=f"{LIBRARY}{place}", content=dict(content))
            mine.number, mine.sha256 = number, name
            db.session.add(mine)
            db.session.flush()
            notices.tell(before, mine, chart)
            changes += 1
    gone = [thing for thing, one in known.items() if one.retired_at is None]
    for thing in gone:
        _withdraw(*thing)
    db.session.flush()
    return changes + len(gone)


def _withdraw(kind: str, key: str, place: str) -> None:
    """All versions of a thing, or the one before the newest would be in effect again."""
    mine = (LayerVersion.kind == kind, LayerVersion.key == key, LayerVersion.place == place)
    query = update(LayerVersion).where(*mine, LayerVersion.retired_at.is_(None))
    db.session.execute(query.values(retired_at=clock.now()))


def _newest() -> dict[tuple[str, str, str], LayerVersion]:
    query = select(LayerVersion).where(LayerVersion.place.startswith(LIBRARY)).order_by(LayerVersion.number)
    return {(one.kind, one.key, one.place): one for one in db.session.scalars(query)}
