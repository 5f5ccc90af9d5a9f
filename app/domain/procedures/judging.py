"""Whether a play came to what its scenario expects: the first difference, in an order that explains most."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.domain.orgunits import calendar
from app.domain.procedures.scenarios import Difference, Scenario, Told
from app.kernel.clock import OFFICE_ZONE

EFFECTS = {
    "documents.prepare": "prepared",
    "documents.number": "numbered",
    "documents.register_incoming": "registered",
    "documents.reopen": "reopened",
    "documents.archive": "archived",
    "documents.create": "created",
    "signatures.sign": "signed",
    "signatures.seal": "sealed",
    "exchange.send": "sent",
}
"""What operations do to documents, in the words of scenarios."""
REPORTING = {"exchange.report": None, "exchange.refuse": "02"}
"""The operations that tell the sender a status: the one they are asked for, or always the same."""
Judge = Callable[[Any, Told, Scenario], Difference | None]


def difference(told: Told, one: Scenario) -> Difference | None:
    """The first thing that is not as expected; None when all is."""
    failed = _failed(told, one)
    if failed is not None:
        return failed
    for name, judge in _JUDGES.items():
        if name in one.expect:
            found = judge(one.expect[name], told, one)
            if found is not None:
                return found
    return None


def statuses(operations: Iterable[Told]) -> list[str]:
    """The statuses that were reported to the sender."""
    reported = [call for call in operations if call["operation"] in REPORTING]
    return [str(REPORTING[call["operation"]] or call["params"].get("status")) for call in reported]


def effects(operations: Iterable[Told]) -> list[str]:
    """What was done with documents; what failed or was not answered yet is not."""
    done = (call["operation"] for call in operations if call["result"] is not None)
    return [EFFECTS[name] for name in done if name in EFFECTS]


def due(task: Told, special: Mapping[date, bool]) -> datetime | None:
    """When a step that was played is due."""
    return calendar.due(task["deadline"], datetime.fromisoformat(task["opened_at"]), special)


def _failed(told: Told, one: Scenario) -> Difference | None:
    incident, wanted = told["incident"], one.expect.get("fails")
    if incident is None:
        return None if wanted is None else Difference("scenario.no_incident", {"wanted": wanted})
    codes = {incident["code"], incident["data"].get("error"), incident["data"].get("reason")}
    is_last = told["done"] + 1 >= len(one.steps)
    if wanted is not None and wanted in codes and is_last:
        return None
    data = {"step": told["done"] + 1, "reason": incident["code"], "data": incident["data"]}
    return Difference("scenario.incident" if told["passed"] else "scenario.cannot_begin", data)


def _path(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    passed = told["passed"]
    if isinstance(wanted, Mapping):
        exactly = wanted["exactly"]
        if passed == exactly:
            return None
        at = next((at for at, (a, b) in enumerate(zip(passed, exactly, strict=False)) if a != b), None)
        at = min(len(passed), len(exactly)) if at is None else at
        return Difference(
            "scenario.path", {"wanted": _at(exactly, at), "found": _at(passed, at), "path": _list(passed)}
        )
    rest = iter(passed)
    for node in wanted:
        if node not in rest:  # looking for it uses up what comes before
            return Difference("scenario.not_passed", {"node": node, "path": _list(passed)})
    return None


def _never(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    found = next((node for node in wanted if node in told["touched"]), None)
    return None if found is None else Difference("scenario.passed", {"node": found})


def _waits_at(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    return _same("scenario.waits", sorted(set(wanted)), sorted({one["node"] for one in told["open"]}))


def _ended(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    if wanted == told["ended"]:
        return None
    return Difference(
        "scenario.ended" if told["ended"] else "scenario.not_ended", {"nodes": _list(x["node"] for x in told["open"])}
    )


def _statuses(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    return _same("scenario.statuses", wanted, statuses(told["operations"]))


def _documents(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    return _same("scenario.documents", wanted, effects(told["operations"]))


def _messages(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    return _same("scenario.messages", wanted, [one["name"] for one in told["thrown"]])


def _operations(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    rest = iter(told["operations"])
    for want in wanted:
        if not any(_is_call(want, call) for call in rest):
            found = _list(call["operation"] for call in told["operations"])
            return Difference("scenario.operation", {"wanted": str(want), "found": found})
    return None


def _is_call(want: Told, call: Told) -> bool:
    names = (("operation", "operation"), ("node", "element"))
    return all(want.get(ours, call[theirs]) == call[theirs] for ours, theirs in names) and (
        _unlike(want.get("params", {}), call["params"]) is None
    )


def _data(wanted: Any, told: Told, _one: Scenario) -> Difference | None:
    found = _unlike(wanted, told["data"])
    return None if found is None else Difference("scenario.data", found)


def _deadlines(wanted: Any, told: Told, one: Scenario) -> Difference | None:
    special = {date.fromisoformat(day): False for day in one.given.get("holidays", ())}
    special |= {date.fromisoformat(day): True for day in one.given.get("workdays", ())}
    for node, want in wanted.items():
        task = next((task for task in reversed(told["tasks"]) if task["node"] == node), None)
        if task is None:
            return Difference("scenario.not_passed", {"node": node, "path": _list(told["passed"])})
        moment = due(task, special)
        said = None if moment is None else moment.astimezone(OFFICE_ZONE).isoformat(timespec="minutes")
        if (want is None) != (said is None) or (said is not None and not said.startswith(want)):
            return Difference("scenario.deadline", {"node": node, "wanted": want or "—", "found": (said or "—")[:16]})
    return None


def _unlike(wanted: Any, found: Any, name: str = "") -> Told | None:
    """The first value that differs; of a mapping only what is named counts."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        parts = (_unlike(value, found.get(key), f"{name}.{key}".lstrip(".")) for key, value in wanted.items())
        return next((part for part in parts if part is not None), None)
    same = wanted == found and isinstance(wanted, bool) == isinstance(found, bool)
    return None if same else {"name": name, "wanted": str(wanted), "found": str(found)}


def _same(code: str, wanted: Sequence[str], found: Sequence[str]) -> Difference | None:
    return None if wanted == found else Difference(code, {"wanted": _list(wanted), "found": _list(found)})


def _at(nodes: Sequence[str], at: int) -> str:
    return nodes[at] if at < len(nodes) else "—"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words) or "—"


_JUDGES: Mapping[str, Judge] = {
    "path": _path,
    "never": _never,
    "waits_at": _waits_at,
    "ended": _ended,
    "statuses": _statuses,
    "documents": _documents,
    "operations": _operations,
    "messages": _messages,
    "data": _data,
    "deadlines": _deadlines,
}
