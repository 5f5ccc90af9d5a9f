"""Sub-processes that are left alone while something happens in another one: kept as they are, text by text.

Hundreds of instances may run side by side; whoever completes a task in one of them should not pay for the others. What
waits for more than people and answers (timers, messages, signals, watches) must be able to hear, and is always read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.engine.scopes import LIVING, active
from app.engine.values import HumanTask, MessageAwaited, SignalAwaited, TimerDue, Waiting


@dataclass(frozen=True)
class Shown:
    """What waits in one process or sub-process, without those that it calls."""

    human_tasks: tuple[HumanTask, ...]
    waiting: tuple[Waiting, ...]
    timers: tuple[TimerDue, ...] = ()
    awaited: tuple[MessageAwaited, ...] = ()
    listening: tuple[SignalAwaited, ...] = ()


class Sleeper(NamedTuple):
    """A sub-process as it is kept: the task that called it, its name, its tasks as a JSON text.

    `waits` holds the human tasks and operations that wait in it; None when it must be read whatever happens.
    """

    key: str
    name: str
    rows: str
    waits: list[Any] | None

    @property
    def shown(self) -> Shown:
        """What waits in it."""
        human, calls = self.waits or ((), ())
        return Shown(tuple(HumanTask(*one) for one in human), tuple(Waiting(*one) for one in calls))


def waits(flow: Any, shown: Shown) -> list[Any] | None:
    """What to remember of a sub-process so that it may rest; None when anything else is alive in it."""
    living = sum(task.has_state(LIVING) for task in flow.tasks.values())
    if living != len(shown.human_tasks) + len(shown.waiting):
        return None
    return [[list(vars(one).values()) for one in kind] for kind in (shown.human_tasks, shown.waiting)]


def undisturbed(sleepers: Mapping[UUID, Sleeper], only: UUID | None, top: Any) -> dict[UUID, Sleeper]:
    """The sub-processes that can be left alone when only one task of a workflow is touched.

    A condition may be about anything, and an event sub-process that hears what the task makes a process throw begins
    with all that is known; where a process has such a thing, everything is read.
    """
    if only is None or any(spec.looks_around for spec in (top.spec, *top.subprocess_specs.values())):
        return {}
    return {key: one for key, one in sleepers.items() if _is_understood(one) and not _has(one, str(only))}


def remaining(top: Any) -> Iterator[tuple[UUID, Sleeper]]:
    """Those left alone whose caller has not been taken away meanwhile."""
    flows = list(active(top))
    for key, one in top.resting.items():
        if any(key in flow.tasks and flow.tasks[key].state == TaskState.STARTED for flow in flows):
            yield key, one


def _is_understood(one: Sleeper) -> bool:
    """Whether it may rest, and was put to rest by a release that says as much of what waits as this one."""
    if one.waits is None:
        return False
    known = (len(fields(HumanTask)), len(fields(Waiting)))
    return all(len(told) == size for kind, size in zip(one.waits, known, strict=True) for told in kind)


def _has(one: Sleeper, task: str) -> bool:
    return any(told[0] == task for kind in one.waits or () for told in kind)
