"""Playing cases of one definition from a list of acts: for scenarios, for trying by hand, and for real cases again.

Nothing is ever asked of anybody: operations are written down and answered from what was prepared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from app.engine import coverage, isotime, runtime, worktime
from app.engine.definition import Definition
from app.engine.rehearsal import BEGIN, BESIDE, Rehearsal, Told
from app.engine.runtime import OperationCall, Step
from app.engine.xml import local, read
from app.kernel import workdays
from app.kernel.clock import office_day
from app.kernel.errors import Conflict, OfficeError

LATER = "later"
Acts = dict[str, Callable[[Told], None]]


@dataclass(frozen=True)
class Given:
    """Where a case begins: its first data, the answers of its operations, the clock and the days nobody works."""

    data: Mapping[str, Any]
    operations: Mapping[str, Any]
    now: datetime
    special: workdays.Special
    start: str | None
    payload: Mapping[str, Any]


class Play(Rehearsal):
    """A case whose people answer only when an act says so, and only those whom the step names."""

    def __init__(self, given: Given, acts: list[Told], kinds: Mapping[str, str]) -> None:
        super().__init__(given.operations, acts)
        for node, answers in given.operations.items():
            if isinstance(answers, list) and LATER in answers:  # it says itself which visits wait
                del self._later[node]
        self.given, self.now, self.kinds = given, given.now, kinds
        worktime.install(partial(worktime.reckoned, special=given.special))
        self.tasks: dict[str, Told] = {}
        self.taken: list[tuple[str, str, str]] = []

    def begin(self, definition: Definition) -> None:
        """Play it from the start to the last act."""
        self.play(definition, self.given.data, at=self.given.start, payload=self.given.payload)

    def acts(self) -> Acts:
        """What may happen: also a person, and days of work."""
        return {**super().acts(), "complete": self.complete, "working_days": self.working_days}

    def complete(self, act: Told) -> None:
        """Let the performer of a step complete it with what the engine is told."""
        key, _kind = self._first(act["complete"], ("human",))
        task = self.tasks[key]
        if act["as"] != task["performer"]:
            raise Conflict("rehearsal.performer", node=task["node"], wanted=task["performer"], given=act["as"])
        task["closed_at"] = self.now.isoformat()
        self._go(runtime.complete, key, dict(act.get("told") or {}))

    def answer(self, act: Told) -> None:
        """Answer an operation; people answer only by `complete`."""
        asked = self._asked(act["answer"])
        super().answer(act)
        asked["result"] = dict(act.get("result") or {})

    def fail(self, act: Told) -> None:
        """Let an operation fail: it was asked for, and not done."""
        asked = self._asked(act["fail"])
        super().fail(act)
        asked["failed"] = act["code"]

    def _asked(self, node: str) -> Told:
        """What was asked for at a node and has no answer yet."""
        waiting = (one for one in self.operations if one["element"] == node and one["result"] is None)
        found = next((one for one in waiting if "failed" not in one), None)
        if found is None:
            raise Conflict("rehearsal.not_open", node=node)
        return found

    def working_days(self, act: Told) -> None:
        """Let days of work pass, to the same hour."""
        today = office_day(self.now)
        passed = workdays.later(today, act["working_days"], self.given.special) - today
        self.advance({"advance": f"P{passed.days}D"})

    def told(self, definition: Definition, incident: Told | None) -> Told:
        """What was seen: plain values."""
        step = self.step
        return {
            "process": definition.process_id,
            "incident": incident,
            "done": self.done,
            "ended": step is not None and step.finished,
            "now": self.now.isoformat(),
            "passed": [node for node, state in self.trace if state == "completed"],
            "touched": sorted({node for node, _state in self.trace}),
            "taken": self.taken,
            "open": [{"node": node, "kind": kind} for node, kind in self.open if self.kinds.get(node) not in BESIDE],
            "tasks": list(self.tasks.values()),
            "timers": [{"node": one.node, "due": one.due.isoformat()} for one in self._timers()],
            "awaited": [] if step is None else [vars(one) for one in (*step.awaited, *step.listening)],
            "operations": self.operations,
            "thrown": self.thrown,
            "data": {} if step is None else step.data,
        }

    def _saw(self, step: Step) -> None:
        self.taken += step.taken
        for task in step.human_tasks:
            self.tasks.setdefault(
                task.id,
                {
                    **{name: getattr(task, name) for name in ("node", "name", "form", "unit", "deadline")},
                    "performer": task.post or task.role,
                    "by_post": bool(task.post),
                    "opened_at": self.now.isoformat(),
                    "closed_at": None,
                },
            )
        super()._saw(step)

    def _next(self) -> None:
        """Nobody answers by themselves."""

    def _operate(self, call: OperationCall) -> Mapping[str, Any] | None:
        planned = self._answers.get(call.node)
        first = planned[0] if isinstance(planned, list) and planned else planned
        if first == LATER:
            self._later[call.node] += 1
            if isinstance(planned, list):
                planned.pop(0)
        return super()._operate(call)


def rehearse(
    xml: bytes,
    process: str,
    called: Mapping[str, str],
    decisions: Mapping[str, str],
    plays: list[Told],
    kind: type[Play] = Play,
) -> Told:
    """Play each of `plays` ({data, operations, now, special, start, payload, acts}) and measure what they passed.

    Errors: Invalid "diagram.*" when the definition does not run. An error of a play is part of what is told of it.
    """
    documents = {key: text.encode() for key, text in called.items()}
    tables = {key: text.encode() for key, text in decisions.items()}
    definition = runtime.parse(xml, process, documents, tables.get)
    roots = [read(one) for one in (xml, *documents.values())]
    kinds = {element.get("id") or "": local(element) for root in roots for element in root.iter()}
    told = [_played(kind(_given(one), one["acts"], kinds), definition) for one in plays]
    missed = coverage.missed(read(xml), {tuple(way) for one in told for way in one["taken"]})
    return {"plays": told, "coverage": missed}


def _played(play: Play, definition: Definition) -> Told:
    incident: Told | None = None
    try:
        play.begin(definition)
    except OfficeError as error:
        incident = {"code": error.code, "data": error.data}
    except (ValueError, TypeError, OverflowError) as error:
        incident = {"code": "rehearsal.value", "data": {"text": str(error)[:200]}}
    return play.told(definition, incident)


def _given(one: Told) -> Given:
    special = {datetime.fromisoformat(day).date(): works for day, works in one.get("special", {}).items()}
    return Given(
        data=one.get("data", {}),
        operations=one.get("operations", {}),
        now=isotime.moment(one["now"]) if one.get("now") else BEGIN,
        special=special,
        start=one.get("start"),
        payload=one.get("payload", {}),
    )
