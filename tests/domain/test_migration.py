"""Running cases move to another version: tried on all of them first, done in bulk, taken back to the byte."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.cases import bulk, commands, migration, moves, queries
from app.domain.cases.migration import Wanted
from app.domain.cases.models import Bulk, BulkItem, Case, Timer
from app.domain.procedures import commands as procedures
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from app.kernel.events import JournalEntry
from tests.engine.diagrams import boundary, ends, gateway, message, service, timer, user
from tests.house import Office
from tests.oddities import MINE, Oddities
from tests.story import Told

REASON = "Bổ sung bước thẩm định."
AB, AB_FLOWS = ends() + user("a", MINE) + user("b", MINE), "s > a; a > b; b > e"
ABC, ABC_FLOWS = AB + user("c", MINE), "s > a; a > b; b > c; c > e"
BESIDE = '<bpmn:message id="m1" name="reply"/>'
WATCHED = (
    AB + boundary("late", "a", timer("P2D"), cancels=False) + boundary("stop", "a", message("m1")) + user("c", MINE)
)
WATCHED_FLOWS = "s > a; a > b; b > e; late > c; stop > c; c > e"


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


def _move(odd: Oddities, to: UUID | None, **more: Any) -> UUID:
    """Begin a move and let the workers do it."""
    made = moves.begin(odd.who_operates, Wanted("p", to, **more), reason=REASON).id
    odd.office.work()
    odd.forget()
    return made


def _undo(odd: Oddities, made: UUID) -> UUID:
    back = moves.undo(odd.who_operates, made, reason="Ban hành nhầm.").id
    odd.office.work()
    odd.forget()
    return back


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row that says where cases stand, but for the counter that guards against stale writers."""
    db.session.rollback()
    found = {}
    for table in ("case", "task", "call", "timer", "listener"):
        columns = [one.name for one in db.metadatas[None].tables[table].columns if one.name != "row_version"]
        names = ", ".join(f'"{name}"' for name in columns)
        rows = db.session.execute(text(f'SELECT {names} FROM "{table}" ORDER BY id'))  # noqa: S608 - our own names
        found[table] = [tuple(row) for row in rows]
    return found


def _outcomes(made: UUID) -> dict[UUID, tuple[str, str]]:
    rows = db.session.scalars(select(BulkItem).where(BulkItem.bulk_id == made))
    return {one.case_id: (one.outcome, one.code) for one in rows}


def test_all_open_cases_are_tried_and_counted_by_reason_before_anything_moves(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    at_a, at_c, there = odd.start(old), odd.start(old), odd.start(new)
    odd.complete(at_c)
    odd.complete(at_c, "b")
    before = _rows()

    tried = migration.rehearse(odd.who_operates, Wanted("p", new))

    words = {one.case_id: (one.word, one.code, one.node) for one in tried.verdicts}
    assert words == {
        at_a: ("move", "", ""),
        at_c: ("blocked", "migration.removed_step", "c"),
        there: ("stay", "", ""),
    }
    assert tried.of(odd.seat.agency_id) == {"move": 1, "stay": 1, "blocked": 1}
    assert tried.reasons() == [(("migration.removed_step", "c"), 1)]
    assert (tried.total, tried.units) == (3, (odd.seat.agency_id,))
    assert _rows() == before


def test_a_moved_case_keeps_its_tasks_and_goes_on_in_the_new_version(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    case_id = odd.start(old)
    task = odd.task(case_id, "a")
    known = (task.id, task.name, task.due_at, task.opened_at, task.form_sha256)

    made = _move(odd, new)

    assert _outcomes(made) == {case_id: ("moved", "")}
    task = odd.task(case_id, "a")
    assert (task.id, task.name, task.due_at, task.opened_at, task.form_sha256) == known
    odd.complete(case_id)
    odd.complete(case_id, "b")
    assert odd.stands(case_id) == ("open", ["c"])
    found = next(one for one in db.session.scalars(select(JournalEntry)) if one.name == "case.migrated")
    assert (found.about, found.actor, found.payload["reason"]) == (str(case_id), odd.who_operates.name, REASON)
    assert found.payload["version_to"] == db.session.get_one(ProcedureVersion, new).sha256


def test_a_task_gets_another_form_only_where_its_step_has_another(odd: Oddities) -> None:
    with transaction():
        db.session.add(FormVersion(key="other", sha256="e" * 64, schema={"type": "object"}, texts={}))
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    with transaction():
        db.session.get_one(ProcedureVersion, new).forms = {"a": "e" * 64, "b": odd._forms, "c": odd._forms}
    case_id = odd.start(old)
    task_id = odd.task(case_id, "a").id

    _move(odd, new)

    assert (odd.task(case_id, "a").id, odd.task(case_id, "a").form_sha256) == (task_id, "e" * 64)


def test_a_step_without_a_form_in_the_new_version_blocks_its_cases(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(AB, AB_FLOWS, forms="b")
    case_id = odd.start(old)

    assert _outcomes(_move(odd, new)) == {case_id: ("blocked", "procedure.step_without_form")}


def test_somebody_says_where_the_cases_of_a_removed_step_go(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ends() + user("b", MINE), "s > b; b > e")
    case_id = odd.start(old)
    wanted = Wanted("p", new)
    [(match, places)] = migration.open_questions(odd.who_operates, wanted)
    assert (match.key, places) == ("p/a", (("b", "b"),))
    with pytest.raises(Invalid, match=r"migration\.choice"):
        moves.begin(odd.who_operates, Wanted("p", new, {"p/a": "nowhere"}), reason=REASON)

    made = _move(odd, new, choices={"p/a": "b"})

    assert _outcomes(made) == {case_id: ("moved", "")}
    assert odd.stands(case_id) == ("open", ["b"])
    odd.complete(case_id, "b")
    assert odd.case(case_id).status == "done"


def test_timers_and_listeners_follow_the_diagram(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(WATCHED, WATCHED_FLOWS, beside=BESIDE)
    case_id = odd.start(old)

    _move(odd, new)

    assert [one.node for one in db.session.scalars(select(Timer).where(Timer.case_id == case_id))] == ["late"]


def test_an_undo_gives_every_row_back_as_it_was(odd: Oddities) -> None:
    old = odd.version(WATCHED, WATCHED_FLOWS, beside=BESIDE)
    new = odd.version(
        ABC.replace('id="a"', 'id="a2"').replace('id="a2">', 'id="a2" name="a">'),
        "s > a2; a2 > b; b > c; c > e",
        forms="a2 b c",
    )
    first, second, ended = odd.start(old, n=1), odd.start(old, n=2), odd.start(old)
    odd.complete(second)
    odd.complete(ended)
    odd.complete(ended, "b")
    before = _rows()
    assert before["timer"]

    made = _move(odd, new, choices={"p/a": "a2"})
    assert {one[0] for one in _outcomes(made).values()} == {"moved"}
    assert odd.stands(first) == ("open", ["a2"])
    assert _rows() != before
    back = _undo(odd, made)

    assert _outcomes(back) == {first: ("undone", ""), second: ("undone", "")}
    assert _rows() == before
    odd.complete(first)
    assert odd.stands(first) == ("open", ["b"])


def test_a_case_that_was_touched_since_stays_and_is_named_with_whoever_touched_it(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    touched, looked_at = odd.start(old), odd.start(old)
    made = _move(odd, new)
    odd.complete(touched)
    commands.note_seen(odd.actor, odd.task(looked_at, "a").id)

    back = _undo(odd, made)

    assert _outcomes(back) == {touched: ("touched", "migration.touched"), looked_at: ("undone", "")}
    item = db.session.scalars(select(BulkItem).where(BulkItem.bulk_id == back, BulkItem.case_id == touched)).one()
    assert (item.detail["actor"], item.detail["event"]) == (odd.actor.name, "case.task_completed")
    assert odd.case(touched).version_id == new
    with pytest.raises(Conflict, match=r"migration\.not_undoable"):
        moves.undo(odd.who_operates, made, reason="Lần nữa.")


def test_one_undo_takes_the_publication_back_with_the_moves_or_neither(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    odd.start(old)
    made, asked = _move(odd, new), []

    def refuse() -> None:
        asked.append("refused")
        raise Conflict("layer.not_current")

    with pytest.raises(Conflict, match=r"layer\.not_current"):
        moves.undo(odd.who_operates, made, reason="Sai.", rollback=refuse)
    odd.forget()
    assert db.session.get_one(Bulk, made).undone_by is None
    moves.undo(odd.who_operates, made, reason="Sai.", rollback=lambda: asked.append("rolled back"))
    assert asked == ["refused", "rolled back"]


def test_a_case_that_has_gone_on_since_it_was_chosen_is_planned_anew(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    gone_on, ended = odd.start(old), odd.start(old)
    made = moves.begin(odd.who_operates, Wanted("p", new), reason=REASON).id
    for case_id, steps in ((gone_on, "ab"), (ended, "abc")):
        for step in steps:
            odd.complete(case_id, step)

    odd.office.work()
    odd.forget()

    assert _outcomes(made) == {gone_on: ("blocked", "migration.removed_step"), ended: ("ended", "")}
    assert odd.stands(gone_on) == ("open", ["c"])


def test_a_worker_that_dies_between_cases_leaves_each_moved_or_to_be_moved(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    cases = [odd.start(old) for _ in range(4)]
    made = moves.begin(odd.who_operates, Wanted("p", new), reason=REASON).id
    bulk.do_next(made)
    with pytest.raises(RuntimeError), transaction():
        bulk.do_next(made)
        raise RuntimeError("the power went out")
    odd.forget()
    assert sorted(one[0] for one in _outcomes(made).values()) == ["", "", "", "moved"]

    odd.office.work()
    odd.forget()

    assert {one[0] for one in _outcomes(made).values()} == {"moved"}
    assert {odd.case(one).version_id for one in cases} == {new}
    names = [one.name for one in db.session.scalars(select(JournalEntry)) if one.name == "case.migrated"]
    assert len(names) == len(cases)


def test_only_some_agencies_go_first(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    case_id = odd.start(old)
    with pytest.raises(Invalid, match=r"bulk\.nothing_chosen"):
        moves.begin(odd.who_operates, Wanted("p", new, units=frozenset({old})), reason=REASON)
    made = _move(odd, new, units=frozenset({odd.seat.agency_id}))
    assert _outcomes(made) == {case_id: ("moved", "")}


def test_a_trial_in_the_background_tells_the_same_and_changes_nothing(odd: Oddities) -> None:
    old, new = odd.version(ABC, ABC_FLOWS), odd.version(AB, AB_FLOWS)
    at_a, at_b = odd.start(old), odd.start(new)
    before = _rows()
    made = moves.begin(odd.who_operates, Wanted("p", new), reason=REASON, only_try=True).id
    odd.office.work()
    assert _outcomes(made) == {at_a: ("move", ""), at_b: ("stay", "")}
    assert _rows() == before


def test_who_may_not_move_cases_moves_none_and_knows_of_none(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    odd.start(old)
    with pytest.raises(Forbidden):
        moves.begin(odd.actor, Wanted("p", new), reason=REASON)
    with pytest.raises(Forbidden):
        migration.rehearse(odd.actor, Wanted("p", new))
    with pytest.raises(Missing):
        migration.rehearse(odd.who_operates, Wanted("p", odd.start(old)))
    made = _move(odd, new)
    with pytest.raises(Missing):
        moves.undo(odd.actor, made, reason="Không có quyền.")


def test_a_waiting_operation_is_answered_after_the_move(odd: Oddities) -> None:
    odd.machines.add("k")
    body = ends() + gateway("parallel", "g") + gateway("parallel", "j") + user("a", MINE) + service("k")
    flows = "s > g; g > a; g > k; a > j; k > j; j > e"
    old, new = odd.version(body, flows), odd.version(body + user("b", MINE), flows.replace("j > e", "j > b; b > e"))
    case_id = odd.start(old)
    call_id = odd.call(case_id).id

    _move(odd, new)

    odd.complete(case_id)
    commands.answer_call(odd.actor, call_id, {})
    assert odd.stands(case_id) == ("open", ["b"])


def test_without_a_version_each_case_goes_to_what_is_effective_for_its_agency(office: Office) -> None:
    told = Told(office)
    case = told.until("check_content")
    effective = queries.case(case.id).version_id
    older = _older(effective)
    admin = Oddities(office).who_operates
    made = moves.begin(admin, Wanted("outgoing_document", older), reason=REASON)
    office.work()
    db.session.expire_all()
    assert queries.case(case.id).version_id == older

    back = moves.begin(admin, Wanted("outgoing_document"), reason=REASON)
    office.work()
    db.session.rollback()
    db.session.expire_all()

    assert made.id != back.id
    assert queries.case(case.id).version_id == effective
    told.complete(case, "check_content", office.tour["head"], content_decision="agree")
    told.complete(case, "check_form", office.tour["clerk"], form_decision="agree")
    assert db.session.get_one(Case, case.id).status == "open"


def _older(effective: UUID) -> UUID:
    """A version as it may have been before, with another deadline."""
    known = db.session.get_one(ProcedureVersion, effective)
    with transaction():
        made = ProcedureVersion(
            key=known.key,
            sha256="0" * 64,
            bpmn=known.bpmn.replace(b'name="Duy', b'name="Xem, duy'),
            parameters={**known.parameters, "check_days": 9},
            forms=dict(known.forms),
            origins={},
        )
        db.session.add(made)
    procedures.pinned(made.id)
    return made.id


def test_versions_in_use_are_counted_by_agency(odd: Oddities) -> None:
    old, new = odd.version(AB, AB_FLOWS), odd.version(ABC, ABC_FLOWS)
    odd.start(old)
    odd.start(new)
    found = migration.sources(odd.who_operates, "p")
    assert {(unit, version.id, count) for unit, version, count in found} == {
        (odd.seat.agency_id, old, 1),
        (odd.seat.agency_id, new, 1),
    }
