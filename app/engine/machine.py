"""One step of a case: run what needs nobody, then say what waits."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from app.engine import codec, delivery, expressions, timers
from app.engine.declarations import TaskDeclaration
from app.engine.eventdefs import SignalDefinition
from app.engine.scopes import Snapshot, active, awaiting
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

BUDGET = 300
"""How many nodes one step may pass: what no procedure needs, and what a loop of machines reaches in a second."""


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
    """Moves one workflow and remembers which nodes its tokens passed."""

    def __init__(self, top: Any) -> None:
        self.top = top
        self.entered: list[str] = []
        self.taken: list[tuple[str, str, str]] = []
        self.last: Any = None
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
        return self.stand(codec.dump(self.top))

    def stand(self, state: bytes, *, unhandled_error: str | None = None) -> Step:
        """What waits now. A case that has not ended and waits for nothing would never move again: Invalid."""
        step = Step(
            state=state,
            human_tasks=tuple(self._human_tasks()),
            waiting=tuple(self._waiting()),
            timers=tuple(self._timers()),
            entered=tuple(self.entered),
            finished=self.top.completed,
            data=self._data(),
            unhandled_error=unhandled_error,
            awaited=tuple(self._awaited()),
            listening=tuple(self._listening()),
            messages_out=tuple(self.top.script_engine.messages_out),
            signals_out=tuple(self.top.script_engine.signals_out),
            taken=tuple(self.taken),
        )
        open_to = (step.human_tasks, step.waiting, step.timers, step.awaited, step.listening)
        if not step.finished and not any(open_to):
            raise Invalid("engine.stalled")
        return step

    def _run_on(self) -> None:
        while len(self.entered) <= BUDGET:
            if self.has_conditions:
                delivery.weigh_conditions(self.top)
            task = next(self._tasks(TaskState.READY, manual=False), None)
            if task is None:
                return
            task.run()
            self._note(task)
        raise Conflict("engine.budget", limit=BUDGET)

    def _note(self, task: Any) -> None:
        if task is not None and task.state == TaskState.COMPLETED:
            self.last = task
            self.taken += taken(task)
            if task.task_spec.bpmn_id is not None and not isinstance(task.task_spec, Snapshot):
                self.entered.append(task.task_spec.bpmn_id)

    def _tasks(self, state: int, *, manual: bool) -> Iterator[Any]:
        for flow in active(self.top):
            for task in flow.tasks.values():
                if task.state == state and task.task_spec.manual is manual:
                    yield task

    def _human_tasks(self) -> Iterator[HumanTask]:
        for task in self._tasks(TaskState.READY, manual=True):
            yield _human_task(task)

    def _waiting(self) -> Iterator[Waiting]:
        for task in self._tasks(TaskState.STARTED, manual=False):
            if isinstance(task.task_spec, ServiceTask):
                name = task.task_spec.extensions["operation"].name
                yield Waiting(str(task.id), task.task_spec.bpmn_id, name)

    def _timers(self) -> Iterator[TimerDue]:
        for task in awaiting(self.top, TimerEventDefinition):
            due = timers.due(task)
            if due is not None:
                yield TimerDue(str(task.id), task.task_spec.bpmn_id, due)

    def _awaited(self) -> Iterator[MessageAwaited]:
        for task, key in delivery.expected(self.top):
            yield MessageAwaited(str(task.id), task.task_spec.bpmn_id, task.task_spec.event_definition.name, key)

    def _listening(self) -> Iterator[SignalAwaited]:
        for task in awaiting(self.top, SignalDefinition):
            yield SignalAwaited(str(task.id), task.task_spec.bpmn_id, task.task_spec.event_definition.name)

    def _data(self) -> dict[str, Any]:
        source = self.top.data if self.top.completed or self.last is None else self.last.data
        return deepcopy(dict(source))


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
