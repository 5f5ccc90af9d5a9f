"""Moving the state of a case to another diagram: its tokens stay where they wait, under their ids.

The state is rewritten row by row, read with the new diagram, and compared with what was expected: it is moved whole or
refused (Invalid "migration.*" with the node). Nothing runs meanwhile.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from app.engine import codec, passages, steering
from app.engine.carrying import KEY, NAME, Flow, Row, Scope
from app.engine.definition import Definition
from app.engine.machine import Machine, ScriptEngine
from app.engine.mapping import StepMap, event, split
from app.engine.scopes import LIVING, active
from app.engine.values import OperationCall, Step
from app.kernel import clock
from app.kernel.errors import Conflict, Invalid

_NOTHING: Mapping[str, Any] = MappingProxyType({})
Kept = tuple[str | None, str, list[Row]]


class Migration:
    """The way from one diagram to another; made once, it moves any number of cases."""

    def __init__(self, old: Definition, new: Definition, mapping: StepMap) -> None:
        self.old, self.new, self.mapping = old, new, mapping
        self._scopes: dict[str, Scope] = {}

    def move(self, state: bytes, known: Mapping[str, Any] = _NOTHING) -> Step:
        """Where a case stands after the move; `known` is what the new version says instead of the old (parameters).

        Invalid "migration.<reason>" names the node that stands in the way, Invalid "engine.*" what its data lack.
        """
        content = codec.read(state)
        flows: list[Kept] = [(None, self.old.spec.name, content["rows"])]
        flows += [(key, name, orjson.loads(rows)) for key, name, rows, _waits in content["flows"]]
        moved = [self._flow(flow, flows) for flow in flows]
        for flow in moved:
            flow.renew(known)
        texts = [[flow.key, flow.scope.new.name, orjson.dumps(flow.rows).decode(), None] for flow in moved[1:]]
        content |= {"rows": moved[0].rows, "flows": texts}
        engine = ScriptEngine(no_operation, clock.now())
        top = codec.restored(self.new.spec, self.new.inner, content, engine, None)
        settle(top, moved)
        passages.check(top)
        step = Machine(top).rest()
        _compare(top, moved)
        return step

    def _flow(self, flow: Kept, flows: list[Kept]) -> Flow:
        key, name, rows = flow
        scope = self._scope(name)
        if key is not None:
            calls = (
                (outer, row[NAME]) for _, outer, rows in flows for row in rows if len(row) > KEY and row[KEY] == key
            )
            outer, node = next(calls)
            if getattr(self._scope(outer).counterpart(node), "spec", None) != scope.new.name:
                raise Invalid("migration.subprocess", node=split(node)[0])
        return Flow(key, scope).filled(rows)

    def _scope(self, name: str) -> Scope:
        if name not in self._scopes:
            to = self.mapping.scopes.get(name)
            if to is None:
                raise Invalid("migration.subprocess", node=name)
            old, new = (
                definition.spec if one == definition.spec.name else definition.inner[one]
                for definition, one in ((self.old, name), (self.new, to))
            )
            self._scopes[name] = Scope(old, new, self.mapping.of(name))
        return self._scopes[name]


def settle(top: Any, moved: list[Flow]) -> None:
    """Say what may come after each token, and fix the moments of timers that begin to run."""
    for flow, made in zip(active(top), moved, strict=True):
        for key in made.fresh:
            steering.foresee(flow.tasks[UUID(key)])
        for key in made.arming:
            task = flow.tasks[UUID(key)]
            if isinstance(event(task.task_spec), TimerEventDefinition):
                event(task.task_spec).has_fired(task)
                task.internal_data.pop("event_fired", None)


def _compare(top: Any, moved: list[Flow]) -> None:
    """Conflict "migration.broken" unless exactly what was to wait waits, where it was to."""
    found = {
        task.id.hex: task.task_spec.name
        for flow in active(top)
        for task in flow.tasks.values()
        if task.has_state(LIVING)
    }
    wanted: dict[str, str] = {}
    for flow in moved:
        wanted |= flow.expected
    if found != wanted:
        raise Conflict("migration.broken")


def no_operation(call: OperationCall) -> Mapping[str, Any] | None:
    """A move asks no machine for anything."""
    raise Conflict("migration.broken", node=call.node)
