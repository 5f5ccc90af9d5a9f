"""Running diagrams: every call takes a state and gives the next one; nothing is kept in between.

An error leaves no trace: the caller still has the state it came with. All calls raise Invalid "engine.*" when a
diagram and its data do not fit each other, and Conflict "engine.budget" when a case moves without ever waiting.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from app.engine import codec, delivery, faults, moving, starting, timers
from app.engine.definition import Definition, parse
from app.engine.machine import Machine, ScriptEngine
from app.engine.mapping import Match, StepMap, candidates, propose
from app.engine.migrating import Migration
from app.engine.restarting import restart, steps
from app.engine.rules import Decisions
from app.engine.scopes import active, awaiting
from app.engine.specs import ServiceTask
from app.engine.values import (
    HumanTask,
    MessageAwaited,
    MessageThrown,
    OperationCall,
    Operations,
    SignalAwaited,
    SignalThrown,
    Standing,
    Start,
    Step,
    TimerDue,
    Waiting,
)
from app.kernel import clock
from app.kernel.errors import Conflict, Invalid

__all__ = [
    "Decisions",
    "Definition",
    "HumanTask",
    "Match",
    "MessageAwaited",
    "MessageThrown",
    "Migration",
    "OperationCall",
    "Operations",
    "SignalAwaited",
    "SignalThrown",
    "Standing",
    "Start",
    "Step",
    "StepMap",
    "TimerDue",
    "Waiting",
    "again",
    "amend",
    "answer",
    "candidates",
    "complete",
    "data",
    "deliver",
    "fail",
    "fire_timers",
    "known",
    "move",
    "parse",
    "plan_anew",
    "postpone",
    "propose",
    "reachable",
    "restart",
    "retract",
    "signal",
    "standing",
    "start",
    "steps",
]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def start(
    definition: Definition,
    data: Mapping[str, Any],
    operations: Operations,
    *,
    at: str | None = None,
    payload: Mapping[str, Any] = _NOTHING,
) -> Step:
    """Start a case with its first data (JSON values) and run it until everything waits.

    It begins at the start event without a trigger, or `at` another of `definition.starts`, whose message or signal
    brought a `payload`. Invalid "engine.start" when the process cannot begin there.
    """
    begin = next((one for one in definition.starts if (one.kind == "none" if at is None else one.node == at)), None)
    if begin is None:
        raise Invalid("engine.start", node=definition.process_id)
    engine = ScriptEngine(operations, clock.now())
    top = BpmnWorkflow(definition.spec, dict(definition.inner), script_engine=engine)
    top.task_tree.data.update(data)
    starting.choose(top, begin.node, payload)
    return Machine(top).step()


def complete(
    definition: Definition, state: bytes, task_id: str, data: Mapping[str, Any], operations: Operations
) -> Step:
    """Complete a human task with what it told; Conflict "task.already_done" unless it is open."""
    top = _load(definition, state, operations, clock.now(), UUID(task_id))
    task = _task(top, task_id)
    if task is None or task.state != TaskState.READY:
        raise Conflict("task.already_done")
    task.data.update(data)
    return Machine(top).step(task.run, task)


def answer(
    definition: Definition, state: bytes, task_id: str, result: Mapping[str, Any], operations: Operations
) -> Step:
    """Give a service task its late answer; Conflict "call.already_answered" unless it waits for one."""
    top = _load(definition, state, operations, clock.now(), UUID(task_id))
    task = _started(top, task_id)
    task.task_spec.keep(task, result)
    return Machine(top).step(task.complete, task)


def fail(
    definition: Definition, state: bytes, task_id: str, error_code: str, message: str, operations: Operations
) -> Step:
    """Say that a service task failed; the nearest boundary event that catches the code takes over.

    When none does, `unhandled_error` is the code and the state is the one given. Conflict "call.already_answered"
    unless the task waits for an answer. The path after the event finds `error.code` and `error.message`.
    """
    top = _load(definition, state, operations, clock.now())
    task = _started(top, task_id)
    if faults.raise_error(task, error_code, message):
        return Machine(top).step()
    return Machine(top).stand(state, unhandled_error=error_code)


def again(definition: Definition, state: bytes, task_id: str, operations: Operations) -> Step:
    """Ask once more for what a service task waits for, under the same id and with what its case knows now.

    Conflict "call.already_answered" unless it waits for an answer.
    """
    top = _load(definition, state, operations, clock.now())
    task = _started(top, task_id)
    return Machine(top).step(lambda: task.task_spec.ask_again(task), task)


def known(definition: Definition, state: bytes, task_id: str) -> dict[str, Any]:
    """What the case knows where a task waits; nothing when it does not wait any more."""
    task = _task(_load(definition, state, lambda _call: None, clock.now()), task_id)
    waits = task is not None and task.has_state(TaskState.NOT_FINISHED_MASK)
    return deepcopy(dict(task.data)) if waits else {}


def fire_timers(definition: Definition, state: bytes, now: datetime, operations: Operations) -> Step:
    """Fire every timer that is due at a moment (aware); none due is no error and moves nothing."""
    top = _load(definition, state, operations, now)
    return Machine(top).step(lambda: delivery.ring(top))


def plan_anew(definition: Definition, state: bytes, plan: timers.Plan, operations: Operations) -> Step:
    """Set the timers of a case that count working days by a plan: its calendar or its clock has changed."""
    top = _load(definition, state, operations, clock.now())

    def set_all() -> None:
        for task in awaiting(top, TimerEventDefinition):
            timers.plan_anew(task, plan)

    return Machine(top).step(set_all)


def deliver(
    definition: Definition,
    state: bytes,
    message: str,
    payload: Mapping[str, Any],
    correlation: str | None,
    operations: Operations,
) -> Step:
    """Give a message to the one event or task of a case that waits for it; Conflict "message.not_awaited" if none does.

    An event that asks for a correlation takes only the message with that correlation, and comes before one that does
    not ask; of several, the one that has waited longest.
    """
    top = _load(definition, state, operations, clock.now())
    task = delivery.addressee(top, message, correlation)
    if task is None:
        raise Conflict("message.not_awaited", name=message)
    return Machine(top).step(lambda: delivery.hand_over(task, payload))


def signal(definition: Definition, state: bytes, name: str, payload: Mapping[str, Any], operations: Operations) -> Step:
    """Let a case hear a signal; nobody listening is no error and moves nothing."""
    top = _load(definition, state, operations, clock.now())
    return Machine(top).step(lambda: delivery.broadcast(top, name, payload))


def data(definition: Definition, state: bytes) -> dict[str, Any]:
    """What a case that has ended knew, or what every branch of a running one knew when it began."""
    return dict(_load(definition, state, lambda _call: None, clock.now()).data)


def move(
    definition: Definition,
    state: bytes,
    task_id: str,
    to_node: str,
    operations: Operations,
    data: Mapping[str, Any] = _NOTHING,
) -> Step:
    """Take the token of a task that waits, with all that hangs on it, and put it at another node of its process.

    It knows what it knew when it came to the task, and `data`. Of several instances all go together. Conflict
    "engine.move" (`node`, `reason`) unless the token could have come there by itself without the others.
    """
    top = _load(definition, state, operations, clock.now())
    return Machine(top, moving.move(top, task_id, to_node, data)).step()


def reachable(definition: Definition, state: bytes, task_id: str) -> tuple[str, ...]:
    """The nodes that the token of a task can be moved to; Conflict "engine.move" when it does not wait."""
    return moving.reachable(_asleep(definition, state), task_id)


def standing(definition: Definition, state: bytes) -> tuple[Standing, ...]:
    """Where the tokens of a case wait, outer ones first: whatever can be moved."""
    return tuple(
        Standing(str(task.id), task.task_spec.bpmn_id, None if around is None else str(around.id))
        for task, around in moving.standing(_asleep(definition, state))
    )


def retract(
    definition: Definition, state: bytes, task_ids: Sequence[str], to_node: str, operations: Operations
) -> Step:
    """Take back what one step opened: the tokens of all these tasks stand as one at a node before they parted.

    Conflict "engine.move" when somebody else's work would be taken with them, or a join has let others' work pass.
    """
    top = _load(definition, state, operations, clock.now())
    return Machine(top, moving.retract(top, task_ids, to_node)).step()


def amend(
    definition: Definition, state: bytes, changes: Mapping[str, Any], operations: Operations, gone: Collection[str] = ()
) -> Step:
    """Write names into what every token of a case knows, and take those that are `gone` out of it.

    Nothing moves but what waits for a condition. Conflict "engine.amend" (`node`, `name`) for what instances that run
    now are counted by.
    """
    top = _load(definition, state, operations, clock.now())
    moving.amend(top, changes, gone)
    return Machine(top, top.task_tree).step()


def postpone(definition: Definition, state: bytes, by: timedelta, operations: Operations) -> Step:
    """Let every timer that runs fire so much later: for as long as the case was at rest."""
    top = _load(definition, state, operations, clock.now())
    for task in awaiting(top, TimerEventDefinition):
        timers.postpone(task, by)
    return Machine(top, top.task_tree).step()


def _asleep(definition: Definition, state: bytes) -> Any:
    """A case that is only looked at."""
    return _load(definition, state, lambda _call: None, clock.now())


def _load(definition: Definition, state: bytes, operations: Operations, now: datetime, only: UUID | None = None) -> Any:
    return codec.load(definition.spec, definition.inner, state, ScriptEngine(operations, now), only)


def _task(top: Any, task_id: str) -> Any:
    """The task of a workflow that still runs, wherever it is; None when there is none of that id."""
    key = UUID(task_id)
    return next((flow.tasks[key] for flow in active(top) if key in flow.tasks), None)


def _started(top: Any, task_id: str) -> Any:
    task = _task(top, task_id)
    if task is None or task.state != TaskState.STARTED or not isinstance(task.task_spec, ServiceTask):
        raise Conflict("call.already_answered")
    return task
