"""Letting a case run on: the one place where the engine moves a case and the rows follow."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import deadlines, incidents, operations, outgoing, projection
from app.domain.cases.models import Call, Case
from app.domain.procedures import commands as procedures
from app.engine.runtime import Definition, OperationCall, Operations, Step
from app.kernel import clock

Move = Callable[[Definition, bytes, Operations], Step]
"""What is done to the state of a case: an act of `runtime` with everything else it needs."""


def advance(case: Case, actor: Actor, move: Move, *, after: UUID | None = None) -> Step:
    """Move a case that is ours alone, and make its rows agree. `after` is the task whose completion moves it.

    Raises what the act raises; then nothing has moved. An error no boundary event caught leaves the rows as they are.
    """
    definition = procedures.pinned(case.version_id).definition
    answered: list[Call] = []
    was_stuck, run = case.status == "incident", _operations(case, actor, answered)
    step = deadlines.held(case, definition, move(definition, case.state, run), run)
    if step.unhandled_error is None:
        projection.project(case, step, after=after, answered=answered)
        outgoing.send(actor, case, step)
        if was_stuck:
            incidents.settle(case)
    return step


def _operations(case: Case, actor: Actor, answered: list[Call]) -> Operations:
    """Runs what the diagram asks for in the name of an actor, and notes what was answered at once."""

    def run(call: OperationCall) -> Mapping[str, Any] | None:
        asked = operations.Asked(case, actor, UUID(call.task_id), call.node, call.params)
        answer = operations.run(call.name, asked)
        if answer is not None:
            moment = clock.now()
            row = asked.before
            if row is None:
                row = Call(id=asked.call_id, case_id=case.id, node=call.node, operation=call.name, opened_at=moment)
                answered.append(row)
            row.closed_at, row.result = moment, dict(answer)
        return answer

    return run
