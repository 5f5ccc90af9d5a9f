"""Finding the seat that a description of a performer means, as posts and units are today."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.domain.cases.models import Case, Task
from app.domain.orgunits import desks
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.desks import Desk, Office
from app.domain.orgunits.models import Post
from app.kernel.db import db
from app.kernel.errors import Missing

DEEPEST = 5
"""How far descriptions may stand in each other."""


@dataclass(frozen=True)
class Found:
    """A seat: a post, or a role at a unit; `why` is a sentence of the catalogue with ids in it."""

    why: dict[str, Any]
    role: str | None = None
    unit_id: UUID | None = None
    post_id: UUID | None = None


@dataclass(frozen=True)
class Nobody:
    """Why nobody was found: a code of the catalogue and its values."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


class Seats:
    """The seats that one case knows of; `unit_id` is where a step is done when nothing else is said."""

    def __init__(self, case: Case, unit_id: UUID) -> None:
        self.case, self.unit_id = case, unit_id

    def find(self, wanted: Any, depth: int = 0) -> Found | Nobody:
        """The seat that is meant, if somebody sits there today."""
        if isinstance(wanted, str) and wanted:
            return self._post({"post": wanted}, depth)
        if isinstance(wanted, list):
            return self._first({"of": wanted}, depth)
        if not isinstance(wanted, Mapping) or depth > DEEPEST:
            return Nobody("assign.nobody_named")
        kinds: Mapping[Any, Callable[[Mapping[str, Any], int], Found | Nobody]] = {
            "role": self._role,
            "post": self._post,
            "head": self._head,
            "did": self._did,
            "superior": self._superior,
            "first": self._first,
            "error": lambda one, _depth: Nobody("assign.expression", {"text": str(one.get("text"))[:200]}),
        }
        kind = kinds.get(wanted.get("by"))
        return Nobody("assign.nobody_named") if kind is None else kind(wanted, depth)

    def role(self, role: str, unit_id: UUID) -> Found | Nobody:
        """Whoever holds a role at a unit."""
        office = self.office(unit_id)
        if office is None:
            return Nobody("assign.unit_unknown", {"unit": str(unit_id)})
        values = {"role": role, "unit_id": str(unit_id)}
        if any(desk.held for desk in desks.with_role(role, unit_id, office.desks)):
            return Found({"code": "why.role", "values": values}, role=role, unit_id=unit_id)
        return Nobody("assign.role_empty", values)

    def office(self, unit_id: UUID) -> Office | None:
        """The agency of a unit; of the own agency without asking the tree."""
        own = desks.office(self.case.unit_id)
        if unit_id in own.units:
            return own
        try:
            line = orgunits.lineage(unit_id)
        except Missing:
            return None
        return desks.office(next((unit.id for unit in line if unit.is_agency), unit_id))

    def desk(self, post_id: UUID) -> Desk | None:
        """The desk of a post, wherever it is."""
        own = desks.of(self.case.unit_id)
        found = next((desk for desk in own if desk.post_id == post_id), None)
        return found or self._elsewhere(Post.id == post_id)

    def _elsewhere(self, condition: Any) -> Desk | None:
        post = db.session.scalar(select(Post).where(condition).limit(1))
        office = None if post is None else self.office(post.unit_id)
        if post is None or office is None:
            return None
        return next((desk for desk in office.desks if desk.post_id == post.id), None)

    def _role(self, wanted: Mapping[str, Any], _depth: int) -> Found | Nobody:
        given = wanted.get("unit")
        unit_id = _id(given) if given else self.unit_id
        if unit_id is None or not isinstance(wanted.get("role"), str):
            return Nobody("assign.unit_unknown", {"unit": str(given)[:100]})
        return self.role(wanted["role"], unit_id)

    def _post(self, wanted: Mapping[str, Any], depth: int) -> Found | Nobody:
        given = wanted.get("post")
        if isinstance(given, Mapping):
            return self.find(given, depth + 1)
        post_id, key = _id(given), str(given or "")
        own = desks.of(self.case.unit_id)
        desk = next((one for one in own if one.post_id == post_id or one.key == key), None)
        desk = desk or (self._elsewhere(or_(Post.key == key, Post.id == post_id)) if key else None)
        if desk is None:
            return Nobody("assign.post_unknown", {"post": key[:100]})
        return _seated(desk, "why.post", {})

    def _head(self, wanted: Mapping[str, Any], _depth: int) -> Found | Nobody:
        unit_id = _id(wanted.get("unit"))
        office = None if unit_id is None else self.office(unit_id)
        if unit_id is None or office is None:
            return Nobody("assign.unit_unknown", {"unit": str(wanted.get("unit"))[:100]})
        desk = desks.head(unit_id, office.desks)
        if desk is None:
            return Nobody("assign.no_head", {"unit_id": str(unit_id)})
        return _seated(desk, "why.head", {"unit_id": str(unit_id)})

    def _did(self, wanted: Mapping[str, Any], _depth: int) -> Found | Nobody:
        step = str(wanted.get("step"))
        query = select(Task.closed_post_id).where(Task.case_id == self.case.id, Task.node == step)
        query = query.where(Task.closed_post_id.is_not(None)).order_by(Task.closed_at.desc()).limit(1)
        post_id = db.session.scalar(query)
        desk = None if post_id is None else self.desk(post_id)
        if desk is None:
            return Nobody("assign.nobody_did", {"step": step[:100]})
        return _seated(desk, "why.did", {"step": step})

    def _superior(self, wanted: Mapping[str, Any], depth: int) -> Found | Nobody:
        of = wanted.get("of")
        start, below = _id(of), None
        if start is None:
            found = self.find(of, depth + 1)
            if isinstance(found, Nobody):
                return found
            below = None if found.post_id is None else self.desk(found.post_id)
            start = below.unit_id if below is not None else found.unit_id
        return self.superior(start or self.unit_id, below)

    def superior(self, unit_id: UUID, below: Desk | None) -> Found | Nobody:
        """The first head up the tree: of the own unit for a post that is not its head, else of the ones above."""
        try:
            line = orgunits.lineage(unit_id)
        except Missing:
            return Nobody("assign.unit_unknown", {"unit": str(unit_id)})
        for unit in line if below is not None else line[1:]:
            office = self.office(unit.id)
            desk = None if office is None else desks.head(unit.id, office.desks)
            if desk is not None and desk.held and (below is None or desk.post_id != below.post_id):
                return _seated(desk, "why.superior", {"unit_id": str(unit.id)})
        return Nobody("assign.no_superior", {"unit_id": str(unit_id)})

    def _first(self, wanted: Mapping[str, Any], depth: int) -> Found | Nobody:
        found: Found | Nobody = Nobody("assign.nobody_named")
        for one in wanted.get("of") or ():
            found = self.find(one, depth + 1)
            if isinstance(found, Found):
                break
        return found


def _seated(desk: Desk, code: str, values: dict[str, Any]) -> Found | Nobody:
    values = {**values, "post_id": str(desk.post_id)}
    if not desk.held:
        return Nobody("assign.post_empty", values)
    return Found({"code": code, "values": values}, post_id=desk.post_id)


def _id(given: Any) -> UUID | None:
    try:
        return UUID(str(given))
    except ValueError:
        return None
