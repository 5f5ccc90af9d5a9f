"""What the engine says and is told, in plain values: no object of the library underneath leaves this floor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class HumanTask:
    """A task that waits for a person. `id` is a UUID, `node` the element of the diagram.

    `unit`, `post` and `deadline` (working days) are the values of their expressions on the data of the task.
    `performer` is the description of who does it (`performers`) or the value of a plain expression; one that does not
    fit the data is described as `{"by": "error", "code": ..., "text": ...}`: a case goes on without it.
    """

    id: str
    node: str
    name: str
    form: str | None
    role: str | None
    unit: Any
    post: Any
    deadline: Any
    lane: str | None
    performer: Any = None


@dataclass(frozen=True)
class Waiting:
    """A service task whose operation will be answered later."""

    id: str
    node: str
    operation: str


@dataclass(frozen=True)
class TimerDue:
    """A timer that runs, and the moment (aware, UTC) from which it may be fired."""

    task_id: str
    node: str
    due: datetime


@dataclass(frozen=True)
class Standing:
    """A task where a token waits: a person's, an operation's, an event's, or a whole sub-process.

    `inside` is the id of the sub-process around it.
    """

    task_id: str
    node: str
    inside: str | None


@dataclass(frozen=True)
class OperationCall:
    """What a service task asks for: the operation, its parameters, and the data of the case where it stands."""

    name: str
    task_id: str
    node: str
    params: dict[str, Any]
    data: dict[str, Any]


Operations = Callable[[OperationCall], Mapping[str, Any] | None]
"""Answers a service task at once with a mapping; None means that the answer comes later."""


@dataclass(frozen=True)
class MessageThrown:
    """A message that a case sends; `correlation` is for the case that it is meant for, at another `agency` if named."""

    name: str
    payload: dict[str, Any]
    correlation: str | None
    agency: str | None = None


@dataclass(frozen=True)
class MessageAwaited:
    """An event or task that waits for a message; with a `correlation` it takes no other."""

    task_id: str
    node: str
    name: str
    correlation: str | None


@dataclass(frozen=True)
class SignalThrown:
    """A signal that a case sent; within the case it has been heard already."""

    name: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class SignalAwaited:
    """An event that listens to a signal."""

    task_id: str
    node: str
    name: str


@dataclass(frozen=True)
class Start:
    """A place where a process may begin: `kind` is none, message, signal or timer.

    `name` is that of the message or signal, or the text of the timer; noticing it is not the engine's business.
    """

    node: str
    kind: str
    name: str | None


@dataclass(frozen=True)
class Step:
    """Where a case stands after something happened.

    `state` is to be kept as it is and given back next time; `human_tasks`, `waiting`, `timers`, `awaited` and
    `listening` are all that are open, not only the new ones; `messages_out` and `signals_out` are what was sent in
    this step; `entered` are the nodes that tokens passed in this step, in order; `data` is what
    the token that moved last knows. `unhandled_error` is the code of an error that no boundary event caught.
    `taken` are the ways tokens went: the process or sub-process, the node they left, and the next one or "".
    """

    state: bytes
    human_tasks: tuple[HumanTask, ...]
    waiting: tuple[Waiting, ...]
    timers: tuple[TimerDue, ...]
    entered: tuple[str, ...]
    finished: bool
    data: dict[str, Any]
    unhandled_error: str | None = None
    awaited: tuple[MessageAwaited, ...] = ()
    listening: tuple[SignalAwaited, ...] = ()
    messages_out: tuple[MessageThrown, ...] = ()
    signals_out: tuple[SignalThrown, ...] = ()
    taken: tuple[tuple[str, str, str], ...] = ()
