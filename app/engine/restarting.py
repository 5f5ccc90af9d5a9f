"""Beginning a case again that has ended: one token at a step of a person, knowing what the case knew at its end."""

from typing import Any

import orjson

from app.engine import codec
from app.engine.carrying import Flow, Scope
from app.engine.definition import Definition
from app.engine.machine import Machine, ScriptEngine
from app.engine.migrating import no_operation, settle
from app.engine.values import Step
from app.kernel import clock
from app.kernel.errors import Conflict, Invalid


def steps(definition: Definition) -> tuple[str, ...]:
    """The steps of people, drawn in the process itself, at which a case can begin again."""
    return tuple(name for name, one in definition.spec.task_specs.items() if one.manual and one.bpmn_id == name)


def restart(definition: Definition, state: bytes, node: str) -> Step:
    """The case with a token at a step; timers and events there and around begin anew, and nothing runs.

    Conflict "engine.not_ended" while it runs, Invalid "engine.restart" for what is no such step.
    """
    content = codec.read(state)
    if not content["completed"]:
        raise Conflict("engine.not_ended")
    if node not in steps(definition):
        raise Invalid("engine.restart", node=node)
    flow = Flow(None, Scope(definition.spec, definition.spec, {}))
    flow.begin(node, content["data"])
    fresh = {"format": codec.FORMAT, "completed": False, "data": {}, "rows": flow.rows, "flows": []}
    engine = ScriptEngine(no_operation, clock.now())
    top: Any = codec.restored(definition.spec, definition.inner, orjson.loads(orjson.dumps(fresh)), engine, None)
    settle(top, [flow])
    return Machine(top).rest()
