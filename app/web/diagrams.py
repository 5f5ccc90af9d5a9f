"""The diagram of a case (sơ đồ quy trình) as it stands: what is done, where it is now, what is late or broken."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from markupsafe import Markup

from app.domain.cases import incidents, queries
from app.domain.cases.models import Call, Case, Task
from app.engine import diagram
from app.kernel import clock
from app.web import formtexts, roads
from app.web.history import History
from app.web.i18n import has, t
from app.web.trails import Trail

State = Literal["done", "current", "late", "error"]
STEPS = (1000, 1400, 1900)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_WIDTH = re.compile(r'viewBox="\S+ \S+ (\S+) \S+"')


@dataclass(frozen=True)
class Step:
    """One step of the strip (done > here); `who` did it, or is waited for."""

    name: str
    state: State
    who: str
    at: datetime | None
    due: datetime | None = None


@dataclass(frozen=True)
class Picture:
    """A diagram as SVG; `across`: how wide it must be to be read (0 fits any page, 3 is widest); `now`: where it is.

    `roads` are the recipients behind the numbers at the steps that send and follow a document.
    """

    svg: Markup
    across: int
    now: tuple[str, ...]
    roads: Sequence[Trail] = ()


def picture(case: Case, tasks: Iterable[Task], calls: Iterable[Call]) -> Picture:
    """The diagram as it stands. It is made by our own renderer, which escapes every name, so it is safe markup."""
    found, stand = roads.of_calls(case.document, calls), states(case, tasks, calls)
    badges = roads.badges(found, calls)
    drawing = diagram.render(case.version.bpmn, stand, badges, t("case.diagram"), words=words())
    return replace(framed(drawing, _now(tasks, calls)), roads=found)


def words() -> dict[str, str]:
    """What the states of a node are called."""
    return {state: t(f"case.step.{state}") for state in diagram.STATES}


def framed(drawing: str, now: Iterable[str]) -> Picture:
    """A drawing of our renderer, with how much room it needs; `now` names where the case is."""
    return Picture(Markup(drawing), across(drawing), tuple(now))  # noqa: S704 - our renderer escapes every name


def drawn(xml: bytes, states: Mapping[str, str] = _NOTHING, badges: Mapping[str, str] = _NOTHING) -> Picture:
    """A diagram that no case runs, with states and marks. Invalid "diagram.drawing" when it has no drawing."""
    return framed(diagram.render(xml, states, badges, t("case.diagram"), words=words()), ())


def across(drawing: str) -> int:
    """How wide a drawing must be shown to be read: 0 fits any page, 3 is widest."""
    found = _WIDTH.search(drawing)
    width = float(found[1]) if found is not None else 0.0
    return sum(width > step for step in STEPS)


def of_case(case: Case) -> Picture:
    """The diagram of a case that nobody has looked into yet."""
    return picture(case, queries.tasks_of(case.id), queries.calls_of(case.id))


def states(case: Case, tasks: Iterable[Task], calls: Iterable[Call]) -> dict[str, State]:
    """How each node stands; the worst word wins where a node runs more than once."""
    found: dict[str, State] = {str(node): "done" for node in case.passed}
    moment = clock.now()
    for task in tasks:
        if task.closed_at is None:
            found[task.node] = (
                "error"
                if task.held_at is not None
                else "late"
                if task.due_at is not None and task.due_at < moment
                else "current"
            )
    for call in calls:
        if call.closed_at is None:
            found[call.node] = "error" if call.error else "current"
    if case.status == "incident":
        found.update({incident.node: "error" for incident in incidents.open_ones(case.id)})
    return found


def strip(tasks: Iterable[Task], calls: Iterable[Call], history: History) -> list[Step]:
    """The way of a case so far, and where it is; work of the system shows only while it is waited for."""
    moment = clock.now()
    steps = [_of_task(task, history, moment) for task in tasks]
    waiting = [call for call in calls if call.closed_at is None]
    return steps + [
        Step(operation(call.operation), "error" if call.error else "current", t("who.system"), call.opened_at)
        for call in waiting
    ]


def operation(name: str) -> str:
    """What the system is doing, in the reader's words."""
    key = f"operation.{name}"
    words = t(key) if has(key) else name
    return words[:1].upper() + words[1:]


def waits_for(task: Task) -> str:
    """Whom an open task waits for: the holder of a post, or of a role."""
    if task.post is not None:
        return task.post.title
    key = f"role.{task.role}"
    return t(key) if has(key) else str(task.role)


def _now(tasks: Iterable[Task], calls: Iterable[Call]) -> Iterable[str]:
    """What is being done or waited for, each once."""
    steps = [formtexts.step_name(task.form_sha256, task.name) for task in tasks if task.closed_at is None]
    return dict.fromkeys(steps + [operation(call.operation) for call in calls if call.closed_at is None])


def _of_task(task: Task, history: History, moment: datetime) -> Step:
    name = formtexts.task_name(task)
    if task.closed_at is not None:
        return Step(name, "done", history.who.get(str(task.id), ""), task.closed_at)
    late = task.due_at is not None and task.due_at < moment
    return Step(name, "late" if late else "current", waits_for(task), task.opened_at, task.due_at)
