"""A case played through without an office: its own clock, answers prepared beforehand, and a trace of what happened.

It uses what any caller of `runtime` has. Elements are named as the file names them, whatever the import made of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from lxml import etree

from app.engine import beside, importing, isotime, runtime, worktime
from app.engine.report import Changes
from app.engine.runtime import Definition, OperationCall, Step
from app.engine.xml import bpmn, local
from app.kernel import clock
from app.kernel.errors import Conflict, Invalid, OfficeError

MOST_TURNS = 2_000
BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)  # a Monday, 8 o'clock in the office
BESIDE = frozenset({"boundaryEvent", "startEvent"})  # they wait beside the tokens, not with one
_KINDS = {"human_tasks": "human", "waiting": "operation", "timers": "timer", "awaited": "message"}

Told = dict[str, Any]
Open = dict[str, tuple[str, str]]


class Rehearsal:
    """One case, and everything that was seen of it."""

    def __init__(self, answers: Mapping[str, Any], events: list[Told]) -> None:
        self.now = BEGIN
        self.trace: list[tuple[str, str]] = []
        self.operations: list[Told] = []
        self.thrown: list[Told] = []
        self.definition: Definition | None = None
        self.step: Step | None = None
        self.done = 0
        self.kinds: Mapping[str, str] = {}
        self._open: Open = {}
        self._answers = {node: list(one) if isinstance(one, list) else one for node, one in answers.items()}
        self._events = events
        self._later = Counter(node for event in events if (node := _answered(event)) is not None)
        self._turns = 0
        self._failing = ""
        clock.keep(lambda: self.now)
        worktime.install(partial(worktime.reckoned, special={}))

    def play(self, definition: Definition, data: Mapping[str, Any], **begin: Any) -> None:
        """Start the case, answer what can be answered, and let the events happen in their order."""
        self.definition = definition
        self._saw(runtime.start(definition, data, self._operate, **begin))
        self._settle()
        acts = self.acts()
        for number, event in enumerate(self._events, 1):
            known = [name for name in acts if name in event] if isinstance(event, dict) else []
            if len(known) != 1 or not isinstance(event[known[0]], str | int):
                raise Invalid("rehearsal.event", number=number)
            acts[known[0]](event)
            self._settle()
            self.done = number

    def acts(self) -> dict[str, Callable[[Told], None]]:
        """What may happen, by the word that names it."""
        return {
            "advance": self.advance,
            "timer": self.timer,
            "answer": self.answer,
            "fail": self.fail,
            "message": self.message,
            "signal": self.signal,
        }

    @property
    def open(self) -> Iterator[tuple[str, str]]:
        """The elements that wait, and what for."""
        yield from self._open.values()

    def _go(self, move: Callable[..., Step], *arguments: Any) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise Conflict("rehearsal.too_long", limit=MOST_TURNS)
        if self.definition is None or self.step is None:
            raise Conflict("rehearsal.not_open", node="")
        self._saw(move(self.definition, self.step.state, *arguments, self._operate))

    def _saw(self, step: Step) -> None:
        """Write down what a step did: passed, taken away, and now waiting."""
        still = dict(_waiting(step))
        gone = {key: node for key, (node, _kind) in self._open.items() if key not in still}
        for node in step.entered:
            key = next((key for key, one in gone.items() if one == node), None)
            if key is None:
                self.trace.append((node, "entered"))
            else:
                del gone[key]
            self.trace.append((node, "completed"))
        self.trace += [(node, "cancelled") for node in gone.values() if self.kinds.get(node) not in BESIDE]
        for key, (node, _kind) in still.items():
            if key not in self._open and self.kinds.get(node) not in BESIDE:
                self.trace += [(node, "entered"), (node, "waiting")]
        self.thrown += [asdict(one) for name in ("messages_out", "signals_out") for one in vars(step).get(name, ())]
        self._open, self.step = still, step
        if step.unhandled_error is not None:
            raise Invalid("rehearsal.unhandled", node=self._failing, error=step.unhandled_error)

    def _settle(self) -> None:
        while (found := self._next()) is not None:
            self._go(runtime.complete, *found)

    def _next(self) -> tuple[str, Told] | None:
        """A human step that has an answer left, with the answer."""
        for task in self.step.human_tasks if self.step is not None else ():
            answer = self._prepared(task.node)
            if answer is not None:
                return task.id, answer
        return None

    def _prepared(self, node: str) -> Told | None:
        answer = self._answers.get(node)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        return None if answer is None else dict(answer)

    def _operate(self, call: OperationCall) -> Mapping[str, Any] | None:
        """Answer an operation at once, unless an event will answer this very node later."""
        if self._later[call.node] > 0:
            self._later[call.node] -= 1
            answer = None
        else:
            answer = self._prepared(call.node) or {}
        self.operations.append({"element": call.node, "operation": call.name, "params": call.params, "result": answer})
        return answer

    def _first(self, node: str, kinds: tuple[str, ...]) -> tuple[str, str]:
        for key, (name, kind) in self._open.items():
            if name == node and kind in kinds:
                return key, kind
        raise Conflict("rehearsal.not_open", node=node)

    def advance(self, event: Told) -> None:
        """Let time pass."""
        self.wait_until(isotime.after(self.now, str(event["advance"])))

    def wait_until(self, goal: datetime) -> None:
        """Let time pass until a moment, stopping at each timer on the way."""
        while (due := min((one.due for one in self._timers()), default=goal)) < goal:
            self._ring(max(due, self.now))
            self._settle()
        self._ring(goal)

    def timer(self, event: Told) -> None:
        """Go to the moment of one timer."""
        due = min((one.due for one in self._timers() if one.node == event["timer"]), default=None)
        if due is None:
            raise Conflict("rehearsal.not_open", node=event["timer"])
        self._ring(max(due, self.now))

    def _timers(self) -> tuple[runtime.TimerDue, ...]:
        return () if self.step is None else self.step.timers

    def _ring(self, moment: datetime) -> None:
        before = [(one.task_id, one.due) for one in self._timers()]
        self.now = moment
        self._go(runtime.fire_timers, moment)
        if before and [(one.task_id, one.due) for one in self._timers()] == before:
            self.now += timedelta(microseconds=1)  # a timer that fires on nothing must not hold up the clock

    def answer(self, event: Told) -> None:
        """Answer an operation, or complete a human step."""
        key, kind = self._first(event["answer"], ("operation", "human"))
        move = runtime.answer if kind == "operation" else runtime.complete
        self._go(move, key, dict(event.get("result") or {}))

    def fail(self, event: Told) -> None:
        """Let an operation fail."""
        self._failing = event["fail"]
        key, _kind = self._first(self._failing, ("operation",))
        self._go(runtime.fail, key, str(event.get("code", "error")), str(event.get("message", "")))

    def message(self, event: Told) -> None:
        """Let a message come."""
        correlation = event.get("correlation")
        self._go(_offered("deliver", "message"), event["message"], dict(event.get("payload") or {}), correlation)

    def signal(self, event: Told) -> None:
        """Let a signal be heard."""
        self._go(_offered("signal", "signal"), event["signal"], dict(event.get("payload") or {}))


def play(
    xml: bytes,
    process: str | None,
    data: Mapping[str, Any],
    answers: Mapping[str, Any],
    events: list[Told],
    files: beside.Given | None = None,
) -> Told:
    """Rehearse a process of a document of any origin and tell what happened, up to an incident if there is one.

    `files` lie beside it: the tables it decides by, and the processes that it calls.
    """
    root, changes = importing.opened(xml)
    around = beside.unpacked(files)
    called = around.called(root)
    everything = [(root, changes), *called.values()]
    names = {element.get("id") or "": old for _root, said in everything for element, old in said.names.items()}
    ids = {old: new for new, old in names.items()}
    one = Rehearsal(
        {ids.get(node, node): told for node, told in answers.items()}, [_renamed(event, ids) for event in events]
    )
    key = ids.get(process or "", process) or _main(root, changes)
    incident: Told | None = None
    elements = [element for document, _changes in reversed(everything) for element in document.iter(etree.Element)]
    one.kinds = {element.get("id") or "": local(element) for element in elements}
    try:
        processes = {name: etree.tostring(document) for name, (document, _changes) in called.items()}
        one.play(runtime.parse(etree.tostring(root), key, processes, around.table), data)
    except OfficeError as error:
        incident = {"reason": error.code, "data": error.data}
    except (ValueError, TypeError) as error:
        incident = {"reason": "rehearsal.value", "data": {"text": str(error)[:200]}}
    return _told(one, elements, names, key, incident)


def _told(
    one: Rehearsal, elements: Iterable[etree._Element], names: Mapping[str, str], key: str, incident: Told | None
) -> Told:
    labels = {element.get("id"): " ".join((element.get("name") or "").split()) for element in elements}

    def named(node: str, **rest: Any) -> Told:
        return {"element": names.get(node, node), "name": labels.get(node, ""), **rest}

    finished = one.step is not None and one.step.finished
    return {
        "process": names.get(key, key),
        "status": "incident" if incident else "completed" if finished else "waiting",
        "reason": incident,
        "trace": [named(node, state=state) for node, state in one.trace],
        "data": {} if one.step is None else one.step.data,
        "open": [named(node, waits_for=kind) for node, kind in one.open],
        "operations": [{**call, "element": names.get(call["element"], call["element"])} for call in one.operations],
        "thrown": one.thrown,
        "ended_at": one.now.isoformat(),
    }


def _main(root: etree._Element, changes: Changes) -> str:
    """The process that a document is about: one that no other calls, and that was meant to be run."""
    called = {one.get("calledElement") for one in root.iter(bpmn("callActivity"))}
    made = {element for element, note in changes.said if note.reason == "import.executable"}
    found = root.findall(bpmn("process"))
    best = sorted(found, key=lambda one: (one.get("id") in called, one in made))
    if not best:
        raise Invalid("diagram.no_process")
    return best[0].get("id") or ""


def _waiting(step: Step) -> Iterator[tuple[str, tuple[str, str]]]:
    """Everything in a step that names a node and waits, whatever it waits for."""
    for name, items in vars(step).items():
        for item in items if isinstance(items, tuple) else ():
            told = vars(item) if is_dataclass(item) else {}
            key = told.get("id") or told.get("task_id")
            if key and "node" in told:
                yield str(key), (told["node"], _KINDS.get(name, name))


def _answered(event: Any) -> str | None:
    node = (event.get("answer") or event.get("fail")) if isinstance(event, dict) else None
    return node if isinstance(node, str) else None


def _renamed(event: Any, ids: Mapping[str, str]) -> Any:
    if not isinstance(event, dict):
        return event
    return {
        key: ids.get(value, value) if key in {"timer", "answer", "fail"} and isinstance(value, str) else value
        for key, value in event.items()
    }


def _offered(act: str, what: str) -> Callable[..., Step]:
    """An act of the runtime that some releases do not have."""
    found: Callable[..., Step] | None = vars(runtime).get(act) if act in runtime.__all__ else None
    if found is None:
        raise Conflict("rehearsal.not_supported", what=what)
    return found
