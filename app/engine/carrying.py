"""Carrying what is kept of one running process into another specification, row by row.

What waits must have a counterpart where it can stand, or is refused (Invalid "migration.*" with the node). What only
watches goes and comes with the diagram. What has been passed merely carries what is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from app.engine.catching import BoundaryEvent, CatchEvent, EventGateway, ReceiveTask, Watch
from app.engine.compensation import Undo
from app.engine.complexes import SPENT, ComplexGateway
from app.engine.joins import EndJoin, TokenJoin
from app.engine.mapping import check, event, split
from app.engine.scopes import LIVING
from app.kernel import clock
from app.kernel.errors import Invalid

Row = list[Any]
NAME, ABOVE, STATE, KEY, _MOMENT, CHANGED, _GONE, MEMORY, _TRIGGERED = range(9)
"""What stands where in a row of `codec`; one that is only guessed ends with its state."""
_SPLIT: Final = ".BoundaryEventSplit"
_REMEMBERED: Final = ("due", "every", "rounds", "event_fired", "held")


@dataclass
class Scope:
    """A process or sub-process of the old diagram beside its counterpart."""

    old: Any
    new: Any
    steps: Mapping[str, str]
    _ways: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, str]:
        """The counterparts of everything in the specification that has one."""
        found = {"Start": "Start", "End": "End", self.old.end.name: self.new.end.name}
        for name in self.old.task_specs:
            element, part = split(name)
            to = f"{self.steps[element]}{part}" if element in self.steps else ""
            if to in self.new.task_specs:
                found.setdefault(name, to)
        return found

    def counterpart(self, name: str) -> Any:
        """The counterpart of a part of the specification; None without one."""
        to = self.names.get(name)
        return None if to is None else self.new.task_specs[to]

    @cached_property
    def changed(self) -> frozenset[str]:
        """The old names of what is left by other ways now."""
        return frozenset(
            name
            for name, to in self.names.items()
            if [self.names.get(one.name) for one in self.old.task_specs[name].outputs]
            != [one.name for one in self.new.task_specs[to].outputs]
        )

    def ways(self, name: str) -> frozenset[str]:
        """What comes directly after a part of the new specification."""
        if name not in self._ways:
            self._ways[name] = frozenset(one.name for one in self.new.task_specs[name].outputs)
        return self._ways[name]

    def way_into(self, join: Any, old_name: str) -> str | None:
        """The counterpart of what leads into a join, if it still does."""
        element = self.steps.get(split(old_name)[0])
        return next((str(one.name) for one in join.inputs if split(one.name)[0] == element), None)

    def added(self, name: str, to: str, kind: type[Any]) -> list[str]:
        """The events behind the counterpart of a gateway (or start) that the old one did not have."""
        known = {self.names.get(one.name) for one in self.old.task_specs[name].outputs}
        ways = self.new.task_specs[to].outputs
        return [str(one.name) for one in ways if isinstance(one, kind) and one.name not in known]


@dataclass
class Flow:
    """One running process or sub-process on its way into the new diagram."""

    key: str | None
    scope: Scope
    rows: list[Row] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    arming: set[str] = field(default_factory=set)
    owners: dict[int, str] = field(default_factory=dict)
    later: list[tuple[str, int]] = field(default_factory=list)
    standing: dict[str, str] = field(default_factory=dict)

    def filled(self, rows: list[Row]) -> "Flow":
        """Take over the rows of the old flow, one after the other."""
        place: list[int | None] = []
        for row in rows:
            above = None if row[ABOVE] < 0 else place[row[ABOVE]]
            if row[ABOVE] >= 0 and above is None:
                place.append(None)
            elif row[STATE] & LIVING:
                place.append(self._living(row, rows[row[ABOVE]], above))
            elif row[STATE] & TaskState.FINISHED_MASK:
                place.append(self._finished(row, above))
            else:
                place.append(self._guessed(row, rows[row[ABOVE]], above))
        self._arm_added(rows, place)
        return self

    def begin(self, name: str, known: Mapping[str, Any]) -> None:
        """One token at a step of a process in which nothing else is left, and whatever watches over it."""
        self._add("Start", None, TaskState.COMPLETED)
        self.rows[0][CHANGED] = dict(known)
        spec = self.scope.new.task_specs[name]
        above = self._under_events(None, spec, 0)
        self.fresh.add(self._add(name, above, TaskState.READY))
        self.later += [(one.name, 0) for one in self.scope.new.start.outputs if isinstance(one, Watch)]
        for event_name, at in self.later:
            self._arm(event_name, at)

    def renew(self, known: Mapping[str, Any]) -> None:
        """Say anew what every token knows from its version."""
        for row in self.rows:
            if len(row) > CHANGED:
                row[CHANGED] |= {name: value for name, value in known.items() if name in row[CHANGED]}

    def _living(self, row: Row, parent: Row, above: int | None) -> int | None:
        old, new = self.scope.old.task_specs[row[NAME]], self.scope.counterpart(row[NAME])
        watches = isinstance(old, BoundaryEvent | Watch | Undo)
        races = isinstance(self.scope.old.task_specs[parent[NAME]], EventGateway)
        if watches or races:
            if new is None or not self._still_belongs(new, parent) or _differs(old, new):
                return None
        elif new is None:
            raise Invalid("migration.removed_step", node=old.bpmn_id or split(old.name)[0])
        elif old.bpmn_id is not None:
            check(old, new)
            self._check_race(old, new)
        if isinstance(old, TokenJoin):
            self._keep_way(old, new, parent, above)
        elif not watches and not races and split(old.name)[1] == "":
            above = self._under_events(old, new, above)
            self._stand_alone(old, new)
        return self._keep(row, old, new, above)

    def _check_race(self, old: Any, new: Any) -> None:
        """What was awaited alone cannot begin to race with what is not awaited yet."""
        if isinstance(new, CatchEvent | ReceiveTask) and any(isinstance(one, EventGateway) for one in new.inputs):
            raise Invalid("migration.kind", node=old.bpmn_id)

    def _still_belongs(self, new: Any, parent: Row) -> bool:
        outer = self.scope.names.get(parent[NAME])
        return isinstance(new, Undo) or (outer is not None and new.name in self.scope.ways(outer))

    def _keep_way(self, old: Any, new: Any, parent: Row, above: int | None) -> None:
        """What waits at a join has come by a way that must still lead there."""
        if type(old) is not type(new):
            raise Invalid("migration.kind", node=old.bpmn_id)
        if isinstance(old, EndJoin) or above is None:
            return
        way = self.scope.way_into(new, parent[NAME])
        if way is None:
            raise Invalid("migration.join", node=old.bpmn_id)
        self.rows[above][NAME] = way

    def _under_events(self, old: Any, new: Any, above: int | None) -> int | None:
        """An activity hangs on a split as soon as events are attached to it."""
        name = f"{new.name}{_SPLIT}"
        has_events = old is not None and f"{old.name}{_SPLIT}" in self.scope.old.task_specs
        if name not in self.scope.new.task_specs or has_events:
            return above
        self._add(name, above, TaskState.COMPLETED)
        place = len(self.rows) - 1
        events = (one for one in self.scope.new.task_specs[name].outputs if isinstance(one, BoundaryEvent))
        self.later += [(event.name, place) for event in events]
        return place

    def _stand_alone(self, old: Any, new: Any) -> None:
        """Two steps that were open side by side cannot both become one."""
        if self.standing.setdefault(new.name, old.name) != old.name:
            raise Invalid("migration.merged", node=old.bpmn_id)

    def _keep(self, row: Row, old: Any, new: Any, above: int | None) -> int:
        kept = [new.name, -1 if above is None else above, *row[STATE:]]
        if len(kept) > MEMORY and _asks_anew(old, new):
            kept[MEMORY] = {key: value for key, value in kept[MEMORY].items() if key not in _REMEMBERED}
            self.arming.add(kept[KEY])
        self.expected[kept[KEY]] = new.name
        return self._put(kept, old.name, kept[KEY])

    def _put(self, row: Row, old_name: str, owner: str | None) -> int:
        """A row; when it is left by other ways now, the token that may come there must look ahead anew."""
        self.rows.append(row)
        if owner is not None:
            self.owners[len(self.rows) - 1] = owner
            if old_name in self.scope.changed:
                self.fresh.add(owner)
        return len(self.rows) - 1

    def _finished(self, row: Row, above: int | None) -> int:
        """What has been passed only carries what is known; when it is gone, any passed step can."""
        if row[ABOVE] < 0 and SPENT in row[MEMORY]:
            row[MEMORY][SPENT] = dict(self._spent(*one) for one in row[MEMORY][SPENT].items())
        old, new = self.scope.old.task_specs[row[NAME]], self.scope.counterpart(row[NAME])
        name = new.name if new is not None and type(old) is type(new) else "Start"
        if name == "Start" and (isinstance(old, Undo) or (isinstance(old, BoundaryEvent) and self._is_split(above))):
            raise Invalid("migration.event_under_way", node=old.bpmn_id or split(old.name)[0])
        self.rows.append([name, -1 if above is None else above, *row[STATE:]])
        return len(self.rows) - 1

    def _spent(self, name: str, ways: list[str]) -> tuple[str, list[str]]:
        """From which ways a complex gateway has taken a token in this round."""
        new = self.scope.counterpart(name)
        found = [way for one in ways if new is not None and (way := self.scope.way_into(new, one)) is not None]
        if not isinstance(new, ComplexGateway) or len(found) < len(ways):
            raise Invalid("migration.join", node=self.scope.old.task_specs[name].bpmn_id)
        return new.name, found

    def _is_split(self, place: int | None) -> bool:
        return place is not None and isinstance(self.scope.new.task_specs[self.rows[place][NAME]], BoundaryEventSplit)

    def _guessed(self, row: Row, parent: Row, above: int | None) -> int | None:
        """What may come is kept where the same ways lead there: in which order they do is not all the same."""
        to = self.scope.names.get(row[NAME])
        if (
            to is None
            or above is None
            or parent[NAME] in self.scope.changed
            or to not in self.scope.ways(self.rows[above][NAME])
        ):
            return None
        return self._put([to, above, *row[STATE:]], row[NAME], self.owners.get(above))

    def _arm_added(self, rows: list[Row], place: list[int | None]) -> None:
        """Events that the new diagram attaches to what is open, races with what is awaited, or watches for."""
        below: dict[int, list[int]] = {}
        for index, row in enumerate(rows):
            if row[STATE] & LIVING:
                below.setdefault(row[ABOVE], []).append(index)
        for index, open_ in below.items():
            at, old = place[index], self.scope.old.task_specs[rows[index][NAME]]
            if at is not None:
                kinds = {type(self.scope.old.task_specs[rows[one][NAME]]) for one in open_ if place[one] is not None}
                self.later += [(name, at) for name in self._added(old, at, kinds)]
        if not self._is_interrupted(rows):
            self.later += [(name, 0) for name in self.scope.added("Start", "Start", Watch)]
        for name, at in self.later:
            self._arm(name, at)

    def _added(self, old: Any, at: int, kinds: set[type]) -> list[str]:
        """The new events below something that has been passed; `kinds` are what is still open below it."""
        if isinstance(old, BoundaryEventSplit):
            return (
                self.scope.added(old.name, self.rows[at][NAME], BoundaryEvent)
                if kinds - {BoundaryEvent} and self._is_split(at)
                else []
            )
        if isinstance(old, EventGateway):
            gateway = self.scope.new.task_specs[self.rows[at][NAME]]
            if not (kinds and isinstance(gateway, EventGateway)):
                raise Invalid("migration.removed_step", node=old.bpmn_id)
            return self.scope.added(old.name, gateway.name, object)
        return []

    def _is_interrupted(self, rows: list[Row]) -> bool:
        """Whether an event sub-process has taken everything else away: nothing is watched for beside it."""
        fired = (self.scope.old.task_specs[row[NAME]] for row in rows if row[STATE] & TaskState.FINISHED_MASK)
        return any(isinstance(one, Watch) and one.interrupting for one in fired)

    def _arm(self, name: str, above: int) -> None:
        key = self._add(name, above, TaskState.WAITING)
        self.expected[key] = name
        self.fresh.add(key)
        self.arming.add(key)

    def _add(self, name: str, above: int | None, state: int) -> str:
        key = uuid4().hex
        self.rows.append([name, -1 if above is None else above, state, key, clock.now().timestamp(), {}, [], {}, False])
        return key


def _differs(old: Any, new: Any) -> bool:
    """Whether what an event waits for is something else now: then it is another event."""
    return type(old) is not type(new) or type(event(old)) is not type(event(new))


def _asks_anew(old: Any, new: Any) -> bool:
    """Whether a timer or condition has another text, so that what it remembers means nothing."""
    return getattr(event(old), "expression", None) != getattr(event(new), "expression", None)
