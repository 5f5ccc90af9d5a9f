"""What moves a case, each told in such a way that it can be tried again later by somebody else."""

from collections.abc import Callable, Mapping
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import assignment, incidents, operations, queries, running
from app.domain.cases.events import CallAnswered, TaskCompleted
from app.domain.cases.incidents import Tried
from app.domain.cases.models import Call, Case, Task
from app.engine import runtime
from app.engine.runtime import Step
from app.kernel import clock, events
from app.kernel.db import attempt, db
from app.kernel.errors import Invalid, OfficeError

Performance = Callable[[Case, Actor, Tried], Step | None]
"""How an act is done: `perform`, or `attempted`."""


def perform(case: Case, actor: Actor, tried: Tried) -> Step | None:
    """Do what is to be tried on a case that is ours alone. Raises what keeps it from running on."""
    return _ACTS[tried.act](case, actor, tried)


def attempted(case: Case, actor: Actor, tried: Tried) -> Step | None:
    """Do what is to be tried; what keeps the case from running on is written down as an incident, and None is given.

    Then nothing else of it has happened: no operation was asked for, nothing was numbered, signed or sent.
    """
    try:
        with attempt():
            return perform(case, actor, tried)
    except OfficeError as failure:
        if not incidents.sticks(failure, tried.act):
            raise
        incidents.record(case, actor, _to_retry(tried, failure), failure)
        return None


def _to_retry(tried: Tried, failure: OfficeError) -> Tried:
    """What has to be tried again: when nothing takes over from a failed operation, that is the operation itself."""
    if tried.act == "failure" and failure.code == tried.told["detail"]:
        return Tried("operation", tried.reference, tried.node)
    return tried


def _complete(case: Case, actor: Actor, tried: Tried) -> Step:
    task = db.session.get_one(Task, UUID(tried.reference))
    task.closed_at, task.held_at = clock.now(), None
    fact = TaskCompleted(about=str(case.id), task_id=str(task.id), node=task.node)
    events.record(fact, actor=actor.name)
    told = tried.told
    return running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.complete(definition, state, tried.reference, told, run),
        after=task.id,
    )


def _answer(case: Case, actor: Actor, tried: Tried) -> Step:
    call = db.session.get_one(Call, UUID(tried.reference))
    operations.contract(call.operation).answered(tried.told)
    call.error, call.result = None, dict(tried.told)
    events.record(CallAnswered(about=str(case.id), node=call.node, operation=call.operation), actor=actor.name)
    told = tried.told
    return running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.answer(definition, state, tried.reference, told, run),
        after=queries.led_to(call),
    )


def _failure(case: Case, actor: Actor, tried: Tried) -> Step:
    call = db.session.get_one(Call, UUID(tried.reference))
    code, detail = str(tried.told["code"]), str(tried.told["detail"])
    step = running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.fail(definition, state, tried.reference, code, detail, run),
        after=queries.led_to(call),
    )
    if step.unhandled_error is not None:
        raise Invalid(detail, node=call.node, operation=call.operation)
    call.error = detail
    return step


def _operation(case: Case, actor: Actor, tried: Tried) -> Step:
    """Ask for an operation again, under the id it had: whoever does it knows it by that and does nothing twice."""
    call = db.session.get_one(Call, UUID(tried.reference))
    call.error = None
    return running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.again(definition, state, tried.reference, run),
        after=queries.led_to(call),
    )


def _fire(case: Case, actor: Actor, _tried: Tried) -> Step:
    """Let every due timer fire; where none is due, this only looks whether anything waits."""
    moment = clock.now()
    return running.advance(
        case, actor, lambda definition, state, run: runtime.fire_timers(definition, state, moment, run)
    )


def _deliver(case: Case, actor: Actor, tried: Tried) -> Step:
    """`told` is the message: name, payload, correlation."""
    name, payload, correlation = tried.told["name"], tried.told["payload"], tried.told["correlation"]
    return running.advance(
        case,
        actor,
        lambda definition, state, run: runtime.deliver(definition, state, name, payload, correlation, run),
    )


def _signal(case: Case, actor: Actor, tried: Tried) -> Step:
    """`told` is the signal: name, payload."""
    name, payload = tried.told["name"], tried.told["payload"]
    return running.advance(
        case, actor, lambda definition, state, run: runtime.signal(definition, state, name, payload, run)
    )


def _assign(_case: Case, _actor: Actor, tried: Tried) -> None:
    """Look again for whoever a task was for that went to the fallback."""
    task = db.session.get_one(Task, UUID(tried.reference))
    if task.closed_at is None and not assignment.try_again(task, tried.told.get("performer")):
        raise Invalid("assign.nobody_named", node=task.node)


_ACTS: Mapping[str, Callable[[Case, Actor, Tried], Step | None]] = {
    "complete": _complete,
    "answer": _answer,
    "failure": _failure,
    "operation": _operation,
    "timer": _fire,
    "stall": _fire,
    "message": _deliver,
    "signal": _signal,
    "assign": _assign,
}
