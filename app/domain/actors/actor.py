"""Who is acting, and what they may do where."""

from dataclasses import dataclass, field
from uuid import UUID

from app.kernel.errors import Forbidden


@dataclass(frozen=True)
class Seat:
    """A post (chức danh) as its holder sees it: a role at a unit, which belongs to an agency."""

    post_id: UUID
    title: str
    role: str
    unit_id: UUID
    agency_id: UUID


@dataclass(frozen=True)
class Actor:
    """A person in their posts, or the system itself.

    `grants` holds pairs (permission, unit id); a grant at a division also holds at its agency.
    """

    name: str
    person_id: UUID | None = None
    seats: tuple[Seat, ...] = ()
    grants: frozenset[tuple[str, UUID]] = field(default_factory=frozenset)
    system: bool = False

    def may(self, permission: str, *, at: UUID) -> bool:
        """Whether the actor holds `permission` at this unit."""
        return self.system or (permission, at) in self.grants

    def require(self, permission: str, *, at: UUID) -> None:
        """Refuse unless the actor holds `permission` at this unit."""
        if not self.may(permission, at=at):
            raise Forbidden("actor.not_permitted", permission=permission)

    def sits(self, role: str, *, at: UUID) -> bool:
        """Whether the actor holds a post with this role at this unit or agency."""
        return any(s.role == role and at in (s.unit_id, s.agency_id) for s in self.seats)

    @property
    def post_ids(self) -> frozenset[UUID]:
        """The posts the actor holds now."""
        return frozenset(seat.post_id for seat in self.seats)

    def places(self, permission: str) -> frozenset[UUID]:
        """The units where the actor holds `permission`."""
        return frozenset(unit for held, unit in self.grants if held == permission)


SYSTEM = Actor("system", system=True)
