"""Scenarios in words (kịch bản): when this and that happens, then so it ends."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.domain.procedures.scenarios import Scenario
from app.web import i18n
from app.web.i18n import t

Names = Mapping[str, str]
Told = Mapping[str, Any]
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d).*)?")


def when(one: Scenario, names: Names) -> list[str]:
    """What happens, act by act."""
    return [_act(step, names) for step in one.steps]


def then(one: Scenario, names: Names) -> list[str]:
    """What must come of it, as far as a reader without the diagram understands."""
    return [text for key, value in one.expect.items() if key in _THEN for text in [_THEN[key](value, names)] if text]


def _act(step: Told, names: Names) -> str:
    for act, name in step.items():
        if act in _NAMED:
            who = _who(str(step.get("as", "")))
            return t(f"scenario.when.{act}", who=who, step=names.get(str(name), str(name)))
    return ""


def _who(performer: str) -> str:
    """A role in words; whoever it is by a post is the one in charge."""
    return t(f"role.{performer}") if i18n.has(f"role.{performer}") else t("scenario.in_charge")


def _ended(value: Any, _names: Names) -> str:
    return t("scenario.then.ended" if value else "scenario.then.goes_on")


def _waits(value: Any, names: Names) -> str:
    return t("scenario.then.waits", steps=_listed(value, names)) if value else ""


def _never(value: Any, names: Names) -> str:
    return t("scenario.then.never", steps=_listed(value, names)) if value else ""


def _documents(value: Any, _names: Names) -> str:
    said = [t(f"scenario.document.{one}") if i18n.has(f"scenario.document.{one}") else str(one) for one in value]
    return t("scenario.then.documents", done=", ".join(said)) if said else ""


def _statuses(value: Any, _names: Names) -> str:
    said = [t(f"status.{one}") if i18n.has(f"status.{one}") else str(one) for one in value]
    return t("scenario.then.statuses", statuses=", ".join(said)) if said else ""


def _deadlines(value: Any, names: Names) -> str:
    said = [f"{names.get(node, node)} {_day(str(due))}" for node, due in value.items() if due]
    return t("scenario.then.deadlines", deadlines="; ".join(said)) if said else ""


def _day(text: str) -> str:
    """`2026-01-06T17:00` as people write it; other text as it is."""
    match = _MOMENT.fullmatch(text)
    return text if match is None else f"{match[3]}/{match[2]}/{match[1]} {match[4] or ''}".strip()


def _fails(value: Any, _names: Names) -> str:
    return t("scenario.then.fails", code=value)


def _listed(nodes: Any, names: Names) -> str:
    return ", ".join(names.get(str(one), str(one)) for one in nodes)


_NAMED: Final = ("complete", "answer", "fail", "advance", "working_days", "timer", "message", "signal")
_THEN: Final[Mapping[str, Callable[[Any, Names], str]]] = {
    "ended": _ended,
    "waits_at": _waits,
    "never": _never,
    "documents": _documents,
    "statuses": _statuses,
    "deadlines": _deadlines,
    "fails": _fails,
}
