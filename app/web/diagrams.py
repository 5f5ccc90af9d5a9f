"""The diagram of a case (sơ đồ quy trình) as it stands: what is done, where it is now, what is late or broken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from app.domain.cases import queries
from app.domain.cases.models import Call, Case, Task
from app.engine import diagram
from app.kernel import clock
from app.web import formtexts
from app.web.history import History
from app.web.i18n import has, t

State = Literal["done", "current", "late", "error"]
STEPS = (1000, 1400, 1900)
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
    """A diagram as SVG; `across`: how wide it must be to be read (0 fits any page, 3 is widest); `now`: where it is."""

    svg: Markup
    across: int
    now: tuple[str, ...]


def picture(case: Case, tasks: Iterable[Task], calls: Iterable[Call]) -> Picture:
    """The diagram as it stands. It is made by our own renderer, which escapes every name, so it is safe markup."""
    words = {state: t(f"case.step.{state}") for state in diagram.STATES}
    drawing = diagram.render(case.version.bpmn, states(case, tasks, calls), title=t("case.diagram"), words=words)
    found = _WIDTH.search(drawing)
    width = float(found[1]) if found is not None else 0.0
    across = sum(width > step for step in STEPS)
    return Picture(Markup(drawing), across, tuple(_now(tasks, calls)))  # noqa: S704 - see above


def of_case(case: Case) -> Picture:
    """The diagram of a case that nobody has looked into yet."""
    return picture(case, queries.tasks_of(case.id), queries.calls_of(case.id))


def states(case: Case, tasks: Iterable[Task], calls: Iterable[Call]) -> dict[str, State]:
    """How each node stands; the worst word wins where a node runs more than once."""
    found: dict[str, State] = {str(node): "done" for node in case.passed}
    moment = clock.now()
    for task in tasks:
        if task.closed_at is None:
            found[task.node] = "late" if task.due_at is not None and task.due_at < moment else "current"
    for call in calls:
        if call.closed_at is None:
            found[call.node] = "error" if call.error else "current"
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
    name = formtexts.step_name(task.form_sha256, task.name)
    if task.closed_at is not None:
        return Step(name, "done", history.who.get(str(task.id), ""), task.closed_at)
    late = task.due_at is not None and task.due_at < moment
    return Step(name, "late" if late else "current", waits_for(task), task.opened_at, task.due_at)
