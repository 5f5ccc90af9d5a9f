"""Whom a draft would reach (phạm vi tác động): every unit that looks at its place, and what it would mean there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.orgunits.models import Unit
from app.domain.procedures import effective, layers, notices, patches, places, suite
from app.domain.procedures.effective import Effective, Standing
from app.domain.procedures.models import LayerDraft
from app.kernel.errors import OfficeError

OUTCOMES = FOLLOWS, CONFLICT, SAME, BREAKS = "follows", "conflict", "same", "breaks"


@dataclass(frozen=True)
class Reached:
    """What a draft would mean for one agency: it follows, has a conflict to settle, has nothing new, or breaks.

    `place` is the place of the conflict and `paths` what it is about; `found` is what the agency would have, `code` why
    it could not run.
    """

    unit: Unit
    outcome: str
    found: Effective | None = None
    place: str = ""
    paths: tuple[str, ...] = ()
    code: str = ""


def of_draft(draft: LayerDraft) -> list[Reached]:
    """What a draft would mean for every agency that looks at its place (a few statements, however many they are)."""
    return list(_reached(draft))


def _reached(draft: LayerDraft) -> Iterator[Reached]:
    known, shelf = places.chart(), layers.shelf()
    conflicts = notices.foreseen((draft.kind, draft.key, draft.place), draft.content, known)
    made: dict[tuple[Standing, tuple[str, ...]], tuple[Effective | None, Effective | None, str]] = {}
    for unit in suite.units(draft, known):
        chain = known.chain(unit.id)
        standing = shelf.along(chain)
        said = {one.place for one in standing} | {draft.place}
        alike = standing, tuple(place for place in chain if place in said)
        if alike not in made:
            made[alike] = _both(draft, chain, standing)
        now, then, code = made[alike]
        held = next((place for place in chain[: chain.index(draft.place)] if conflicts.get(place)), None)
        if held is not None:
            paths = sorted(map(patches.dotted, conflicts[held]))
            yield Reached(unit, CONFLICT, now, held, tuple(paths))
        elif then is None:
            yield Reached(unit, BREAKS, code=code)
        else:
            yield Reached(unit, SAME if now is not None and now.sha256 == then.sha256 else FOLLOWS, then)


def following(draft: LayerDraft, codes: Sequence[str] = ()) -> dict[UUID, Unit]:
    """The agencies that would have a draft as soon as it is published; some of them by their codes, or all."""
    found = (one.unit for one in _reached(draft) if one.outcome in (FOLLOWS, SAME))
    return {unit.id: unit for unit in found if not codes or unit.code in codes}


def _both(
    draft: LayerDraft, chain: tuple[str, ...], standing: Standing
) -> tuple[Effective | None, Effective | None, str]:
    """What is effective now, what would be, and why it could not be; a procedure that is new has no now."""
    try:
        thing = effective.said_otherwise(draft.key, draft.place, draft.content, chain, standing)
        then = effective.drafted(thing, draft.key, standing)
    except OfficeError as error:
        return None, None, error.code
    try:
        return effective.put_together(draft.key, standing), then, ""
    except OfficeError:
        return None, then, ""
