"""Planning a publication (phương án ban hành): what somebody decided and what was tried, kept until it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases.rollouts import OPEN, Rollout, begun
from app.domain.procedures import drafts, places, suite
from app.domain.procedures.publishing import LONGEST_LABEL, LONGEST_REASON
from app.domain.procedures.trials import Ask, Trial
from app.kernel import clock
from app.kernel.db import command
from app.kernel.errors import Conflict, Invalid
from app.kernel.text import is_blank, is_readable

NOW, FIRST, LATER = "all", "pilot", "later"
STAY, MOVE = "stay", "move"
LONGEST = {"summary": LONGEST_REASON, "label": LONGEST_LABEL, "excuse": 500}
MOST_CHOICES = 200


@dataclass(frozen=True)
class Plan:
    """What was decided: `how` (all, pilot with `units` by code, or later `at` a moment) and whether `cases` move.

    `choices` say where the cases of removed steps go; `excuse` is why it goes on although a scenario fails. `turn`
    counts the decisions, so that of two administrators nobody overwrites the other unseen.
    """

    summary: str = ""
    label: str = ""
    excuse: str = ""
    how: str = NOW
    units: Sequence[str] = ()
    cases: str = STAY
    choices: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    turn: int = 0

    @property
    def moment(self) -> datetime | None:
        """When a publication that is planned happens."""
        return datetime.fromisoformat(self.at) if self.at else None


def of(rollout: Rollout | None) -> Plan:
    """What was decided so far."""
    return Plan(**(rollout.plan if rollout is not None else {}))


@command
def decide(actor: Actor, draft_id: UUID, turn: int, changes: Mapping[str, Any]) -> Rollout:
    """Keep what somebody decided.

    Raises Conflict "rollout.begun" after publication, "rollout.stale" when somebody else decided meanwhile, Invalid
    "form.invalid" for what makes no sense.
    """
    draft = drafts.locked_draft(actor, draft_id, "procedures.edit")
    rollout = begun(actor, draft)
    if rollout.state != OPEN:
        raise Conflict("rollout.begun")
    before = of(rollout)
    if before.turn != turn:
        raise Conflict("rollout.stale")
    plan = replace(before, **changes, turn=turn + 1)
    _check(plan, {unit.code for unit in suite.units(draft, places.chart())})
    rollout.plan = asdict(plan)
    return rollout


def prove(actor: Actor, draft_id: UUID, ask: Ask) -> None:
    """Run every scenario of a draft and keep what came of it. Raises Missing; Conflict "draft.stale"."""
    draft = suite.visible(actor, draft_id)
    seen = draft.row_version
    found = suite.tried(draft, ask)
    _keep(actor, draft_id, {"seen": seen, "trials": [_told(one) for one in found]})


def failing(proofs: Mapping[str, Any], seen: int) -> list[str] | None:
    """The scenarios that did not come to what they expect; None when they have not been run as the draft is now."""
    if proofs.get("seen") != seen:
        return None
    refused = [one["refused"]["code"] for one in proofs["trials"] if one["refused"]]
    return refused + [out["name"] for one in proofs["trials"] for out in one["outcomes"] if out["code"]]


@command
def _keep(actor: Actor, draft_id: UUID, proofs: dict[str, Any]) -> None:
    draft = drafts.locked_draft(actor, draft_id, "procedures.edit")
    if draft.row_version != proofs["seen"]:
        raise Conflict("draft.stale")
    begun(actor, draft).proofs = proofs


def _told(one: Trial) -> dict[str, Any]:
    outcomes = [
        {
            "name": out.name,
            "code": "" if out.difference is None else out.difference.code,
            "data": {} if out.difference is None else dict(out.difference.data),
        }
        for out in one.outcomes
    ]
    refused = None if one.refused is None else {"code": one.refused.code, "data": dict(one.refused.data)}
    missed = [node["id"] for node in one.coverage["nodes"]], len(one.coverage["flows"])
    return {
        "levels": list(one.levels),
        "outcomes": outcomes,
        "refused": refused,
        "missed": missed[0],
        "missed_flows": missed[1],
        "elements": one.coverage["elements"],
    }


def _check(plan: Plan, known: set[str]) -> None:
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, limit in LONGEST.items():
        text = getattr(plan, name)
        if len(text) > limit or not is_readable(text):
            wrong[name] = ("form.maxLength", {"limit": limit}) if len(text) > limit else ("form.characters", {})
    refused = {
        "how": plan.how not in (NOW, FIRST, LATER),
        "cases": plan.cases not in (STAY, MOVE),
        "units": not {*plan.units} <= known,
        "choices": len(plan.choices) > MOST_CHOICES,
    }
    wrong |= {name: ("form.enum", {}) for name, is_wrong in refused.items() if is_wrong}
    if plan.how == FIRST and not plan.units:
        wrong["units"] = ("form.required", {})
    if plan.how == LATER and (plan.moment is None or plan.moment <= clock.now()):
        wrong["at"] = ("rollout.past", {})
    if wrong:
        raise Invalid("form.invalid", fields=wrong)


def require_ready(plan: Plan, failed: list[str] | None) -> None:
    """Refuse (Invalid "form.invalid") a publication without a summary, or past a failing scenario without a reason."""
    wrong: dict[str, tuple[str, dict[str, Any]]] = {}
    if is_blank(plan.summary):
        wrong["summary"] = ("form.required", {})
    if (failed is None or failed) and is_blank(plan.excuse):
        wrong["excuse"] = ("rollout.untried" if failed is None else "rollout.failing", {})
    if wrong:
        raise Invalid("form.invalid", fields=wrong)
