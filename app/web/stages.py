"""What each step of publishing a draft shows: its changes, checks, scenarios, whom it reaches, the way, the summary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.cases import planning, reach
from app.domain.cases.planning import Plan
from app.domain.cases.rollouts import Rollout
from app.domain.procedures import drafts, queries, suite
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.engine.declarations import Node, describe
from app.engine.differences import REMOVED, differences
from app.kernel.clock import OFFICE_ZONE
from app.kernel.errors import OfficeError
from app.web import changes, diagrams, errors, i18n, placenames, trouble
from app.web.diagrams import Picture
from app.web.i18n import t

SHOWN = 200
UNPLAYED = frozenset({"scenario.incident", "scenario.cannot_begin", "scenario.no_form", "scenario.answers"})
"""Why a scenario came to no result that could be the right one."""
Wrong = Mapping[str, tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Desk:
    """A draft, what was decided about it so far, and the step that is shown; `wrong` is why something was refused."""

    actor: Actor
    draft: LayerDraft
    rollout: Rollout | None
    step: str
    wrong: Wrong = field(default_factory=dict)
    refusal: str = ""

    @property
    def plan(self) -> Plan:
        """What was decided so far."""
        return planning.of(self.rollout)

    @property
    def failing(self) -> list[str] | None:
        """The scenarios that fail as the draft is now; None when they have not been run."""
        return planning.failing({} if self.rollout is None else self.rollout.proofs, self.draft.row_version)

    @property
    def impact(self) -> Mapping[str, Any]:
        """What is known about open cases, if it is about the draft as it is now."""
        told: Mapping[str, Any] = {} if self.rollout is None else self.rollout.impact
        return told if told.get("seen") == self.draft.row_version else {}


def _changes(desk: Desk) -> dict[str, Any]:
    before, after = suite.before_and_after(desk.draft)
    newest = next(
        (one for one in queries.versions(desk.actor, "procedure", desk.draft.key) if _is_mine(one, desk)), None
    )
    found = changes.sentences(before, after)
    return {"sentences": found[:SHOWN], "more": len(found) - SHOWN, "picture": _marked(before, after), "newest": newest}


def _is_mine(version: LayerVersion, desk: Desk) -> bool:
    return version.place == desk.draft.place and version.retired_at is None


def _marked(before: Mapping[str, Any], after: Mapping[str, Any]) -> Picture | None:
    """The diagram with a mark at what is new or changed."""
    try:
        old, new = suite.diagram(before), suite.diagram(after)
        found = differences(old, new) if old and new else []
        badges = {one.id: t(f"difference.{one.what}") for one in found if one.what != REMOVED}
        return diagrams.drawn(new, badges=badges)
    except OfficeError:
        return None


def _checks(desk: Desk) -> dict[str, Any]:
    return {
        "todo": drafts.todo(desk.draft),
        "sentence": lambda one: errors.sentence(OfficeError(one.reason, **one.data)),
    }


def _scenarios(desk: Desk) -> dict[str, Any]:
    proofs = {} if desk.rollout is None or desk.failing is None else desk.rollout.proofs
    trials = proofs.get("trials", [])
    after = suite.before_and_after(desk.draft)[1]
    names = {node.id: node.name or node.id for node in _nodes(after)}
    return {
        "trials": trials,
        "unplayed": UNPLAYED,
        "saved": sorted(desk.draft.content.get("scenarios") or {}),
        "picture": _covered(after, trials),
        "why": partial(why, names),
    }


def _nodes(content: Mapping[str, Any]) -> tuple[Node, ...]:
    """The elements of a diagram; none when it cannot be read."""
    try:
        return describe(suite.diagram(content))
    except OfficeError:
        return ()


def why(names: Mapping[str, str], outcome: Mapping[str, Any]) -> str:
    """Why a scenario did not come to what it expects, the steps called as they are drawn."""
    data = {name: names.get(str(value), value) for name, value in outcome["data"].items() if name != "data"}
    inner = {name: names.get(str(value), value) for name, value in outcome["data"].get("data", {}).items()}
    code = str(data.get("reason", ""))
    cause = t(code, **inner) if i18n.has(code) else code
    fields = data.get("fields")
    data["why"] = ", ".join(fields) if isinstance(fields, dict) else cause or data.get("why", "")
    return t(outcome["code"], **data) if i18n.has(outcome["code"]) else trouble.cause(outcome["code"])


def _covered(content: Mapping[str, Any], trials: list[Mapping[str, Any]]) -> Picture | None:
    """The diagram with a mark at every element that no scenario has passed."""
    tried = [one for one in trials if not one["refused"]]
    if not tried:
        return None
    missed = set.intersection(*({*one["missed"]} for one in tried))
    try:
        xml = suite.diagram(content)
        nodes = {node.id for node in describe(xml)}
        states = dict.fromkeys(nodes - missed, "done")
        return diagrams.drawn(xml, states=states, badges=dict.fromkeys(nodes & missed, t("publishing.missed")))
    except OfficeError:
        return None


def _affected(desk: Desk) -> dict[str, Any]:
    found = reach.of_draft(desk.draft)
    told = desk.impact.get("units", {})
    counts = {outcome: sum(one.outcome == outcome for one in found) for outcome in reach.OUTCOMES}
    shown = [one for one in found if one.outcome in (reach.CONFLICT, reach.BREAKS) or str(one.unit.id) in told]
    return {
        "counts": counts,
        "lines": [(one, told.get(str(one.unit.id), {})) for one in shown[:SHOWN]],
        "more": max(0, len(shown) - SHOWN),
        "parts": lambda paths: ", ".join(map(placenames.part, paths)),
        "totals": _totals(told),
    }


def _totals(told: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in told.values():
        for word, count in one["words"].items():
            found[word] = found.get(word, 0) + count
    return found


def cause(reason: str) -> str:
    """Why cases are blocked: a code, and the node in the way."""
    code, _, node = reason.partition(" ")
    said = trouble.cause(code)
    return t("migration.at", why=said, node=node) if node else said


def _way(desk: Desk) -> dict[str, Any]:
    found = reach.of_draft(desk.draft)
    moment = desk.plan.moment
    at = None if moment is None else moment.astimezone(OFFICE_ZONE)
    return {
        "units": [one.unit for one in found if one.outcome in (reach.FOLLOWS, reach.SAME)],
        "follows": sum(one.outcome == reach.FOLLOWS for one in found),
        "at": at,
        "totals": _totals(desk.impact.get("units", {})),
    }


def _summary(desk: Desk) -> dict[str, Any]:
    before, after = suite.before_and_after(desk.draft)
    generated = changes.summary(before, after, planning.LONGEST["summary"])
    way = _way(desk)
    told = len(desk.plan.units) if desk.plan.how == planning.FIRST else way["follows"]
    return {"generated": generated, "told": told, "longest": planning.LONGEST, "at": way["at"]}


STEPS: Mapping[str, Callable[[Desk], dict[str, Any]]] = {
    "changes": _changes,
    "checks": _checks,
    "scenarios": _scenarios,
    "affected": _affected,
    "way": _way,
    "summary": _summary,
}
