"""One step of a case: run what needs nobody, then say what waits."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from app.engine import codec, delivery, expressions, resting, timers
from app.engine.declarations import TaskDeclaration
from app.engine.eventdefs import MessageDefinition, SignalDefinition
from app.engine.resting import Shown
from app.engine.scopes import Snapshot, active
from app.engine.specs import ServiceTask
from app.engine.values import (
    HumanTask,
    MessageAwaited,
    MessageThrown,
    Operations,
    SignalAwaited,
    SignalThrown,
    Step,
    TimerDue,
    Waiting,
)
from app.engine.ways import drawn_at, taken
from app.kernel.errors import Conflict, Invalid

BUDGET = 2_000
"""How many nodes one step may pass: more than the widest procedure needs, and what a loop reaches in seconds."""


class ScriptEngine:
    """All that a diagram can reach while it runs: expressions, the operations, and the time.

    It stands in for the library's script engine and deliberately has no way to run a script.
    """

    def __init__(self, operations: Operations, now: datetime) -> None:
        self.operations = operations
        self.now = now
        self.messages_out: list[MessageThrown] = []
        self.signals_out: list[SignalThrown] = []

    def evaluate(self, task: Any, expression: str, **_data_objects: Any) -> Any:
        """The value of an expression on the data of a task; Invalid "engine.expression" names the node."""
        return self.value(task, expression, task.data)

    def value(self, task: Any, expression: str, names: Mapping[str, Any]) -> Any:
        """The value of an expression that a task asks for about other data than its own."""
        try:
            return expressions.evaluate(expression, names)
        except Invalid as error:
            raise Invalid("engine.expression", node=drawn_at(task.task_spec), reason=error.code) from error


class Machine:
    """Moves one workflow and remembers which nodes its tokens passed.

    After something was moved by hand, `last` knows what the case knows until a token passes a node.
    """

    def __init__(self, top: Any, last: Any = None) -> None:
        self.top = top
        self.entered: list[str] = []
        self.taken: list[tuple[str, str, str]] = []
        self.last: Any = last
        self.has_conditions = any(spec.has_conditions for spec in (top.spec, *top.subprocess_specs.values()))

    def step(self, act: Callable[[], Any] | None = None, task: Any = None) -> Step:
        """Do one thing (`act`, to `task`), run on until everything waits, and say where the case stands."""
        try:
            if act is not None:
                act()
                self._note(task)
            self._run_on()
        except WorkflowException as error:
            node = getattr(error.task_spec, "bpmn_id", None)
            raise Invalid("engine.failed", node=node, reason=str(error)[:200]) from error
        return self.rest()

    def rest(self) -> Step:
        """What waits now and the state to keep, without running on."""
        shown = self._shown()
        return self._stand(codec.dump(self.top, shown), shown)

    def stand(self, state: bytes, *, unhandled_error: str) -> Step:
        """What waits in a case where nothing has moved, because nobody caught an error."""
        return self._stand(state, self._shown(), unhandled_error)

    def _stand(self, state: bytes, shown: Mapping[UUID | None, Shown], unhandled_error: str | None = None) -> Step:
        """What waits now. A case that has not ended and waits for nothing would never move again: Invalid."""
        step = Step(
            state=state,
            human_tasks=tuple(one for flow in shown.values() for one in flow.human_tasks),
            waiting=tuple(one for flow in shown.values() for one in flow.waiting),
            timers=tuple(one for flow in shown.values() for one in flow.timers),
            entered=tuple(self.entered),
            finished=self.top.completed,
            data=self._data(),
            unhandled_error=unhandled_error,
            awaited=tuple(one for flow in shown.values() for one in flow.awaited),
            listening=tuple(one for flow in shown.values() for one in flow.listening),
            messages_out=tuple(self.top.script_engine.messages_out),
            signals_out=tuple(self.top.script_engine.signals_out),
            taken=tuple(self.taken),
        )
        open_to = (step.human_tasks, step.waiting, step.timers, step.awaited, step.listening)
        if not step.finished and not any(open_to):
            raise Invalid("engine.stalled")
        return step

    def _shown(self) -> dict[UUID | None, Shown]:
        """What waits in each process, in an order that completing one task does not change."""
        found: dict[UUID | None, Shown] = {codec.flow_key(flow): _of(flow) for flow in active(self.top)}
        found |= {key: one.shown for key, one in resting.remaining(self.top)}
        order = dict.fromkeys([None, *self.top.order, *found])
        return {key: found[key] for key in order if key in found}

    def _run_on(self) -> None:
        while len(self.entered) <= BUDGET:
            if self.has_conditions:
                delivery.weigh_conditions(self.top)
            self._end_rounds()
            task = self._ready()
            if task is None:
                return
            task.run()
            self._note(task)
        raise Conflict("engine.budget", limit=BUDGET)

    def _end_rounds(self) -> None:
        for flow in active(self.top):
            for gateway in flow.spec.rounds:
                gateway.reset(flow)

    def _note(self, task: Any) -> None:
        if task is not None and task.state == TaskState.COMPLETED:
            self.last = task
            self.taken += taken(task)
            if task.task_spec.bpmn_id is not None and not isinstance(task.task_spec, Snapshot):
                self.entered.append(task.task_spec.bpmn_id)

    def _ready(self) -> Any:
        """The next task that needs nobody, if any."""
        for flow in active(self.top):
            for task in flow.tasks.values():
                if task.state == TaskState.READY and not task.task_spec.manual:
                    return task
        return None

    def _data(self) -> dict[str, Any]:
        source = self.top.data if self.top.completed or self.last is None else self.last.data
        return deepcopy(dict(source))


def _of(flow: Any) -> Shown:
    """What waits in one process, seen once over all its tasks."""
    human, calls, events = [], [], []
    for task in flow.tasks.values():
        spec = task.task_spec
        if task.state == TaskState.READY and spec.manual:
            human.append(_human_task(task))
        elif task.state == TaskState.STARTED and isinstance(spec, ServiceTask):
            calls.append(Waiting(str(task.id), spec.bpmn_id, spec.extensions["operation"].name))
        elif task.state == TaskState.WAITING and getattr(spec, "event_definition", None) is not None:
            events.append(task)
    return Shown(tuple(human), tuple(calls), tuple(_timers(events)), tuple(_awaited(events)), tuple(_listening(events)))


def _timers(events: list[Any]) -> Iterator[TimerDue]:
    for task in events:
        if isinstance(task.task_spec.event_definition, TimerEventDefinition):
            due = timers.due(task)
            if due is not None:
                yield TimerDue(str(task.id), task.task_spec.bpmn_id, due)


def _awaited(events: list[Any]) -> Iterator[MessageAwaited]:
    waiting = [task for task in events if isinstance(task.task_spec.event_definition, MessageDefinition)]
    for task, key in delivery.keyed(waiting):
        yield MessageAwaited(str(task.id), task.task_spec.bpmn_id, task.task_spec.event_definition.name, key)


def _listening(events: list[Any]) -> Iterator[SignalAwaited]:
    for task in events:
        if isinstance(task.task_spec.event_definition, SignalDefinition):
            yield SignalAwaited(str(task.id), task.task_spec.bpmn_id, task.task_spec.event_definition.name)


def _human_task(task: Any) -> HumanTask:
    spec = task.task_spec
    declared: TaskDeclaration = spec.extensions.get("task", TaskDeclaration())
    engine = task.workflow.script_engine

    def value(text: str | None) -> Any:
        return None if text is None else deepcopy(engine.evaluate(task, text))

    return HumanTask(
        id=str(task.id),
        node=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        form=declared.form,
        role=declared.role,
        unit=value(declared.unit),
        post=value(declared.post),
        deadline=value(declared.deadline),
        lane=spec.lane,
        performer=_performer(task, declared.performer),
    )


def _performer(task: Any, text: str | None) -> Any:
    """Who does a step; what cannot be worked out is told, not raised: somebody must hear of the step all the same."""
    try:
        return None if text is None else deepcopy(expressions.evaluate(text, task.data, performer=True))
    except Invalid as error:
        return {"by": "error", "code": error.code, "text": text}
