"""Timer events that read the office's clock and understand plain ISO 8601.

The library's own timers evaluate the text as an expression (so `P3D` fails at run time), read the machine's clock,
and repeat a missed round many times over; these keep the due moment in the state and repeat a missed round once.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition

from app.engine import isotime, worktime
from app.kernel.errors import Invalid

_DUE = "due"
_LEFT = "rounds"
_EVERY = "every"
_DAYS = "days"
_SINCE = "since"
Plan = Callable[[int, datetime], datetime]
"""When so many working days after a moment are over."""


class DueTimer(TimerEventDefinition):
    """Fires once, at a date or after a duration."""

    def has_fired(self, my_task: Any) -> bool:
        """Whether the moment has come; the first question fixes the moment."""
        if my_task.internal_data.get("event_fired"):
            return True
        if _DUE not in my_task.internal_data:
            _plan(my_task, _text(my_task, self.expression))
        fired = _now(my_task) >= datetime.fromisoformat(my_task.internal_data[_DUE])
        my_task.internal_data["event_fired"] = fired
        return fired

    def fresh(self, _my_task: Any) -> dict[str, Any] | None:
        """None: it does not wait a second time."""
        return None


class CycleTimer(CycleTimerEventDefinition):
    """Fires again and again beside the work it is attached to; it never ends by itself, the work ends it."""

    def has_fired(self, my_task: Any) -> bool:
        """Whether a round is due; the first question fixes the moments of all rounds."""
        memory = my_task.internal_data
        if _EVERY not in memory:
            _begin(my_task, _text(my_task, self.expression))
        return memory[_DUE] is not None and _now(my_task) >= datetime.fromisoformat(memory[_DUE])

    def update_task(self, my_task: Any) -> None:
        """Nothing: the library would start rounds here."""

    def update_task_data(self, my_task: Any) -> None:
        """Nothing: the library would count rounds here."""

    def fresh(self, my_task: Any) -> dict[str, Any] | None:
        """What the next round knows; rounds that nobody was there to fire are skipped."""
        return _advanced(my_task)


def due(my_task: Any) -> datetime | None:
    """When a waiting timer will fire next; None when it has no round left."""
    text = my_task.internal_data.get(_DUE)
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def plan_anew(my_task: Any, plan: Plan) -> None:
    """Set a waiting timer that counts working days by a plan; another one keeps its moment."""
    memory = my_task.internal_data
    if _DAYS in memory:
        memory[_DUE] = plan(memory[_DAYS], datetime.fromisoformat(memory[_SINCE])).isoformat()


def postpone(my_task: Any, by: timedelta) -> None:
    """Let a waiting timer fire so much later."""
    moment = due(my_task)
    if moment is not None:
        my_task.internal_data[_DUE] = (moment + by).isoformat()


def interrupts(my_task: Any) -> bool:
    """Whether a timer takes away what it is attached to."""
    spec = my_task.task_spec
    return bool(getattr(spec, "cancel_activity", False) or getattr(spec, "interrupting", False))


def check_literal(kind: str, text: str) -> None:
    """Refuse (ValueError) a literal that is not what its element (timeDate, timeDuration, timeCycle) announces."""
    if kind == "timeDate":
        isotime.moment(text)
    elif kind == "timeDuration":
        isotime.after(datetime(2000, 1, 1, tzinfo=UTC), text)
    else:
        isotime.cycle(text)


def _now(my_task: Any) -> datetime:
    now: datetime = my_task.workflow.script_engine.now
    return now


def _text(my_task: Any, expression: str) -> str:
    if isotime.looks_literal(expression):
        return expression
    value = my_task.workflow.script_engine.evaluate(my_task, expression)
    if not isinstance(value, str):
        raise Invalid("engine.timer", node=my_task.task_spec.bpmn_id)
    return value


def _plan(my_task: Any, text: str) -> None:
    """Fix the moment; one in working days remembers what it counts, and from when."""
    memory, days = my_task.internal_data, worktime.days(text)
    if days is None:
        memory[_DUE] = _due(my_task, text).isoformat()
        return
    since = _now(my_task)
    memory.update({_DUE: worktime.deadline(days, since).isoformat(), _DAYS: days, _SINCE: since.isoformat()})


def _due(my_task: Any, text: str) -> datetime:
    try:
        return isotime.after(_now(my_task), text) if text.startswith("P") else isotime.moment(text)
    except (ValueError, OverflowError) as error:
        raise Invalid("engine.timer", node=my_task.task_spec.bpmn_id) from error


def _begin(my_task: Any, text: str) -> None:
    try:
        plan = isotime.cycle(text)
        first = isotime.after(_now(my_task), plan.every)
    except (ValueError, OverflowError) as error:
        raise Invalid("engine.timer", node=my_task.task_spec.bpmn_id) from error
    over = plan.rounds == 0
    my_task.internal_data.update({_EVERY: plan.every, _LEFT: plan.rounds, _DUE: None if over else first.isoformat()})


def _advanced(my_task: Any) -> dict[str, Any] | None:
    memory, now = my_task.internal_data, _now(my_task)
    following, left = datetime.fromisoformat(memory[_DUE]), memory[_LEFT]
    while following <= now:
        following = isotime.after(following, memory[_EVERY])
        left = None if left is None else left - 1
    if left is not None and left <= 0:
        return None
    return {_EVERY: memory[_EVERY], _LEFT: left, _DUE: following.isoformat()}
