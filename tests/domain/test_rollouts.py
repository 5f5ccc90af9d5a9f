"""A draft on its way into effect: some units first, everybody, at a moment, and back again."""

import os
import signal
from datetime import timedelta
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.cases import drafting, impact, planning, reach, rolling, rollouts
from app.domain.cases.models import Case, Notice
from app.domain.cases.rollouts import Rollout
from app.domain.procedures import drafts, places, publishing, queries, sandbox, suite
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerNotice, LayerPilot, LayerVersion
from app.domain.procedures.publishing import Words
from app.engine.child import Reader
from app.kernel import clock
from app.kernel import outbox as promises
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.events import JournalEntry
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, KEY, OTHER, ROOT, admin, draft, handling_days, say
from tests.story import Told

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


def test_a_planned_publication_happens_once_for_any_number_of_clocks_and_not_for_another_content(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, moment = admin(office, ROOT), clock.now() + timedelta(hours=1)
    planned = rolling.publish(actor, _planned(office, 7, how="later", at=moment.isoformat()).id)
    assert (planned.state, rollouts.due()) == (rollouts.PLANNED, [])
    with pytest.raises(Conflict, match="begun"):
        planning.decide(actor, planned.draft_id, 1, {"summary": "Khác."})
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(minutes=1))
    for _clock in range(3):
        for one in [*rollouts.due(), planned.id]:
            rolling.call(one)
    rolling.publish_due(planned.id)
    rolling.publish_due(planned.id)
    assert db.session.get_one(Rollout, planned.id).state == rollouts.PUBLISHED
    versions = db.session.query(LayerVersion).filter_by(place=COMMUNES, key=KEY)
    assert [(one.number, one.reason) for one in versions] == [(1, "Thay đổi thời hạn.")]
    called = db.session.query(JournalEntry).filter_by(name="rollout.called")
    assert called.count() == 1

    late = _planned(office, 8, how="later", at=(moment + timedelta(hours=1)).isoformat())
    second = rolling.publish(actor, late.id)
    draft(actor, COMMUNES, {"parameters": {"handling_days": 99}})
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(hours=2))
    rolling.call(second.id)
    rolling.publish_due(second.id)
    refused = db.session.get_one(Rollout, second.id)
    assert (refused.state, refused.code) == (rollouts.OPEN, "draft.stale")
    told = db.session.scalars(select(Notice).where(Notice.code == "notice.rollout.refused")).one()
    assert told.post_id in actor.post_ids
    assert _days(office, COMMUNE) == 7


def test_moves_of_a_pilot_and_of_all_are_taken_back_together_but_not_past_a_later_version(office: Office) -> None:
    case_id, other_id = Told(office).start().id, drafting.start_outgoing(office.actor("diachinh.tinhbac")).id
    actor, before = admin(office, ROOT), _pinned()
    made = draft(actor, "common", {"parameters": {"check_days": 9}}, key="outgoing_document")
    said = {"summary": "x", "excuse": "y", "how": "pilot", "units": [DISTRICT], "cases": "move"}
    planning.decide(actor, made.id, 0, said)
    rollout_id = rolling.publish(actor, made.id).id
    office.work()
    assert {one for one, version in _pinned().items() if version != before[one]} == {case_id}
    rolling.widen(actor, rollout_id)
    office.work()
    assert {one for one, version in _pinned().items() if version != before[one]} == {case_id, other_id}
    with pytest.raises(Conflict, match="overtaken"), transaction():
        publishing.add(actor, Subject("procedure", "outgoing_document", "common"), {}, Words("Sau đó."))
        rolling.undo(actor, rollout_id, "Sai.")

    rolling.undo(actor, rollout_id, "Sai.")
    office.work()
    assert _pinned() == before


def test_a_unit_with_a_conflict_is_not_among_the_first(office: Office) -> None:
    place = f"units/{DISTRICT}"
    say(admin(office, DISTRICT), place, {"parameters": {"check_days": 4}}, key="outgoing_document")
    actor = admin(office, ROOT)
    made = draft(actor, "common", {"parameters": {"check_days": 9}}, key="outgoing_document")
    planning.decide(actor, made.id, 0, {"summary": "x", "excuse": "y", "how": "pilot", "units": [DISTRICT]})
    with pytest.raises(Invalid, match="unit_held"):
        rolling.publish(actor, made.id)
    found = {one.unit.code: one for one in reach.of_draft(made)}
    assert (found[DISTRICT].outcome, found[DISTRICT].place) == (reach.CONFLICT, place)
    assert found[ROOT].outcome == reach.FOLLOWS
    assert found[COMMUNE].outcome == reach.CONFLICT, "it looks there before it looks at what is common"


def _pinned() -> dict[UUID, UUID]:
    db.session.expire_all()
    return {one.id: one.version_id for one in db.session.scalars(select(Case))}


def test_looking_at_open_cases_goes_on_where_a_killed_worker_was_and_counts_every_case_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, actor, unit_id = Told(office), admin(office, DISTRICT), office.unit(DISTRICT).id
    for _ in range(5):
        told.start()
    version = pin("outgoing_document", unit_id).id
    made = draft(actor, f"units/{DISTRICT}", {"parameters": {"check_days": 9}}, key="outgoing_document")
    monkeypatch.setattr(impact, "SLICE", 2)
    monkeypatch.setattr(promises, "LEASE", timedelta(seconds=0.2))
    impact.ask(actor, made.id, {})
    rollout_id, run = _asked(made.id)
    _killed_after_a_slice(rollout_id, run)
    late = impact.look(rollout_id, run)
    assert late is not None
    verdicts = late.slice("")
    assert not impact._keep(late, "", verdicts), "somebody else has counted these"
    sleep(0.3)
    office.work()

    db.session.expire_all()
    counted = db.session.get_one(Rollout, rollout_id).impact
    assert (counted["done"], counted["total"], counted["ended"]) == (5, 5, True)
    assert counted["units"] == {str(unit_id): {"words": {"move": 5}, "why": {}}}
    assert {*_pinned().values()} == {version}, "nothing has moved"
    impact.ask(actor, made.id, {})
    draft(actor, f"units/{DISTRICT}", {"parameters": {"check_days": 8}}, key="outgoing_document")
    office.work()
    db.session.expire_all()
    assert db.session.get_one(Rollout, rollout_id).impact["code"] == "draft.stale"


def _asked(draft_id: UUID) -> tuple[UUID, str]:
    rollout = rollouts.of_draft(draft_id)
    assert rollout is not None
    return rollout.id, rollout.impact["run"]


def _killed_after_a_slice(rollout_id: UUID, run: str) -> None:
    """A worker that has claimed the job, looked at one slice, and is no more."""
    db.session.remove()
    child = os.fork()
    if child == 0:
        db.engine.dispose(close=False)
        promises.claim()
        found = impact.look(rollout_id, run)
        if found is not None:
            impact.do_next(found)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_scenarios_are_saved_with_a_draft_run_for_each_level_and_change_nothing_that_runs(office: Office) -> None:
    actor, known = admin(office, ROOT), places.chart()
    made = draft(actor, COMMUNES, {"parameters": {"handling_days": 6}})
    unit = office.unit(COMMUNE)
    with Reader() as reader:
        one = suite.stage(made, unit, known)
        run = sandbox.played(one.assembled, {"given": {}, "steps": []}, reader.ask)
        suite.keep(actor, made.id, "  Của   tôi ", sandbox.written(run, "Của tôi"))
        made = suite.keep(actor, made.id, "Hỏng", sandbox.written(run, "Hỏng").replace("ended: false", "ended: true"))
        trials = suite.tried(made, reader.ask)
        outcomes = {out.name: out.difference for trial in trials for out in trial.outcomes}
        assert [trial.levels for trial in trials] == [("commune",)]
        assert outcomes["Của tôi"] is None
        assert outcomes["Hỏng"] is not None
        assert len(outcomes) > 2, "those that ship are run, too"
        suite.accept(actor, made.id, "Hỏng", reader.ask)
        planning.prove(actor, made.id, reader.ask)
    kept = rollouts.of_draft(made.id)
    assert kept is not None
    assert "Hỏng" not in (planning.failing(kept.proofs, made.row_version) or [])
    suite.drop(actor, made.id, "Hỏng")
    with pytest.raises(Invalid, match=r"form\.invalid"):
        suite.keep(actor, made.id, " ", "scenarios: []")
    sha256 = pin(KEY, unit.id).sha256
    publishing.publish(actor, made.id, Words("Thử."))
    ours = pin(KEY, unit.id).sha256
    assert ours != sha256
    content = drafts.published(ABOUT)
    assert list(content["scenarios"]) == ["Của tôi"]
    say(actor, COMMUNES, {**content, "scenarios": {}})
    assert pin(KEY, unit.id).sha256 == ours
