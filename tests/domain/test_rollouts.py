"""A draft on its way into effect: some units first, everybody, at a moment, and back again."""

from typing import Any

import pytest

from app.domain.cases import planning, rolling, rollouts
from app.domain.cases.rollouts import Rollout
from app.domain.procedures import drafts, queries
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerNotice, LayerPilot
from app.kernel.db import db
from app.kernel.errors import Conflict
from tests.house import Office
from tests.places import COMMUNE, KEY, OTHER, ROOT, admin, draft, handling_days, say

COMMUNES = "levels/commune"
ABOUT = Subject("procedure", KEY, COMMUNES)


def _days(office: Office, unit_code: str) -> Any:
    return handling_days(pin(KEY, office.unit(unit_code).id))


def _planned(office: Office, days: int, **changes: Any) -> LayerDraft:
    """A draft for all communes, with a plan."""
    actor = admin(office, ROOT)
    made = draft(actor, COMMUNES, {"parameters": {"handling_days": days}})
    said = {"summary": "Thay đổi thời hạn.", "excuse": "Chỉ đổi thời hạn.", **changes}
    planning.decide(actor, made.id, planning.of(rollouts.of_draft(made.id)).turn, said)
    return made


def _published(office: Office, days: int, **changes: Any) -> Rollout:
    return rolling.publish(admin(office, ROOT), _planned(office, days, **changes).id)


def test_a_pilot_is_seen_by_its_units_alone_and_ends_either_way_without_a_trace(office: Office) -> None:
    say(admin(office, ROOT), COMMUNES, {"parameters": {"handling_days": 5}})
    told = db.session.query(LayerNotice).count()
    rollout = _published(office, 9, how="pilot", units=[COMMUNE])

    assert rollout.state == rollouts.PILOT
    assert (_days(office, COMMUNE), _days(office, OTHER)) == (9, 5)
    assert {row.unit.code for row in queries.overview(admin(office, ROOT), key=KEY) if row.head.number == 2} == {
        COMMUNE
    }
    assert db.session.query(LayerNotice).count() == told
    with pytest.raises(Conflict, match="piloted"):
        say(admin(office, ROOT), COMMUNES, {"parameters": {"handling_days": 6}})
    back = rolling.undo(admin(office, ROOT), rollout.id, "Chưa phù hợp.")
    assert back.state == rollouts.UNDONE
    assert (_days(office, COMMUNE), _days(office, OTHER)) == (5, 5)
    again = drafts.draft_about(ABOUT)
    assert again is not None
    assert again.content == {"parameters": {"handling_days": 6}}

    drafts.discard_draft(admin(office, ROOT), again.id)
    second = _published(office, 9, how="pilot", units=[COMMUNE])
    rolling.widen(admin(office, ROOT), second.id)
    assert (_days(office, COMMUNE), _days(office, OTHER)) == (9, 9)
    assert db.session.query(LayerPilot).count() == 0
    with pytest.raises(Conflict, match="not_piloted"):
        rolling.widen(admin(office, ROOT), second.id)
