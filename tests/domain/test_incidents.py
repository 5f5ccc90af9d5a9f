"""Whatever keeps a case from running on becomes an incident: nothing is lost, and somebody can put it right."""

import pytest
from sqlalchemy import select

from app.domain.cases import commands, inbox, queries, repairs
from app.domain.cases.models import Call, Notice
from app.jobs import schedule, sweeping
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, Missing
from app.kernel.events import JournalEntry
from tests.engine.diagrams import boundary, ends, error, gateway, node, service, timer, user
from tests.engine.tables import column, output, table
from tests.house import Office
from tests.oddities import MINE, Oddities, at

STEP = user("a", MINE)
SPLIT = STEP + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
ON_N = "s > a; a > g; g > b if n > 3; g > c if n <= 3; b > e; c > e"
REASON = "Kiểm tra lại dữ liệu."


@pytest.fixture
def odd(office: Office) -> Oddities:
    return Oddities(office)


def _names(case_id: object) -> list[str]:
    query = select(JournalEntry.name).where(JournalEntry.about == str(case_id)).order_by(JournalEntry.at)
    return list(db.session.scalars(query))


def test_answers_survive_a_condition_on_a_missing_field_and_only_their_incident_can_be_acted_on(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))

    odd.complete(case_id, way="Đường dài tôi đã gõ")

    task, incident = odd.task(case_id, "a"), odd.incident(case_id)
    assert odd.stands(case_id) == ("incident", [])
    assert task.answers == {"way": "Đường dài tôi đã gõ"}
    assert task.held_at is not None
    assert (incident.act, incident.reference, incident.code) == ("complete", str(task.id), "engine.no_way_out")
    assert (incident.told, incident.actor, incident.attempts) == (task.told, odd.actor.name, 1)
    assert inbox.tasks(odd.actor) == []
    assert task in inbox.tasks(odd.actor, "done")
    with pytest.raises(Conflict) as refusal:
        odd.complete(case_id, n=5)
    assert refusal.value.code == "task.held"
    assert _names(case_id) == ["case.incident_raised"]


def test_a_retry_that_changes_nothing_says_that_the_same_failed_again(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id)

    outcome = repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON)

    assert outcome == "failed_again_same"
    assert odd.incident(case_id).attempts == 2
    assert odd.stands(case_id) == ("incident", [])
    assert _names(case_id) == ["case.incident_raised", "case.incident_repaired"]


def test_mended_data_let_the_case_go_on_where_its_diagram_says(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id, way="x")
    task_id, incident_id = odd.task(case_id, "a").id, odd.incident(case_id).id

    assert repairs.retry(odd.who_operates, incident_id, reason=REASON, changes={"n": 5}) == "went_on"

    assert odd.stands(case_id) == ("open", ["b"])
    closed = next(task for task in queries.tasks_of(case_id) if task.id == task_id)
    assert (closed.closed_by, closed.answers) == (odd.actor.person_id, {"way": "x"})
    assert odd.task(case_id, "b").after_id == task_id
    done = next(one for one in db.session.scalars(select(JournalEntry)) if one.name == "case.task_completed")
    assert done.actor == odd.actor.name
    repaired = next(one for one in db.session.scalars(select(JournalEntry)) if one.name == "case.incident_repaired")
    assert (repaired.payload["changed"], repaired.payload["reason"]) == (["n"], REASON)
    assert repaired.actor == odd.who_operates.name


def test_what_a_person_said_wrongly_is_mended_for_the_case_and_stays_as_they_said_it(odd: Oddities) -> None:
    flows = "s > a; a > g; g > b if n > 3; g > c if n < 3; b > e; c > e"
    case_id = odd.start(odd.version(ends() + SPLIT, flows))
    odd.complete(case_id, n=3)
    assert odd.incident(case_id).code == "engine.no_way_out"

    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON, changes={"n": 1}) == "went_on"

    assert odd.stands(case_id) == ("open", ["c"])
    assert queries.tasks_of(case_id)[0].answers == {"n": 3}


def test_changes_that_do_not_help_are_not_kept(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id)
    before = odd.case(case_id).state

    outcome = repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON, changes={"n": "many"})

    assert outcome == "failed_again_new"
    assert odd.incident(case_id).code == "engine.expression"
    assert odd.case(case_id).state == before


def test_a_stuck_step_can_be_moved_to_a_node_that_is_chosen(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id, way="x")
    incident = odd.incident(case_id)
    assert {"b", "c"} <= set(repairs.destinations(incident))

    with pytest.raises(Invalid) as refusal:
        repairs.move(odd.who_operates, incident.id, to_node="nowhere", reason=REASON)
    assert refusal.value.fields["to_node"][0] == "incident.not_reachable"
    assert repairs.move(odd.who_operates, incident.id, to_node="c", reason=REASON) == "went_on"

    assert odd.stands(case_id) == ("open", ["c"])
    assert queries.tasks_of(case_id)[0].closed_at is not None
    assert "case.task_completed" in _names(case_id)


def test_only_those_who_operate_there_or_above_repair_and_only_with_a_reason(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id)
    incident_id = odd.incident(case_id).id

    for stranger in (odd.drafter, odd.office.tour["recipients"][0]["clerk"]):
        with pytest.raises(Missing):
            repairs.retry(odd.office.actor(stranger), incident_id, reason=REASON)
    with pytest.raises(Invalid) as refusal:
        repairs.retry(odd.who_operates, incident_id, reason="  ")

    assert refusal.value.fields["reason"][0] == "form.required"
    repairs.note(odd.who_operates, incident_id, text="Đã hỏi chuyên viên.")
    assert odd.incident(case_id).note == "Đã hỏi chuyên viên."


def test_who_operates_an_agency_operates_those_below_it_and_not_those_above(odd: Oddities) -> None:
    below = odd.office.unit(odd.office.tour["recipients"][0]["unit"])
    above = odd.office.unit("tinh-quang-ngai")

    assert below.parent_id == odd.seat.agency_id
    assert repairs.may_operate(odd.who_operates, below.id)
    assert not repairs.may_operate(odd.who_operates, above.id)


def test_what_a_person_can_put_right_at_once_is_told_to_them(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + STEP, "s > a; a > e"))

    with pytest.raises(Invalid):
        odd.complete(case_id, n="x")
    with pytest.raises(Missing):
        commands.complete_task(
            odd.office.actor(odd.office.tour["recipients"][0]["clerk"]), odd.task(case_id, "a").id, answers={}
        )

    assert odd.stands(case_id) == ("open", ["a"])


def test_whoever_operates_nearest_is_told_once(odd: Oddities) -> None:
    both = ends() + gateway("parallel", "f") + STEP + user("b", MINE) + gateway("exclusive", "g")
    both += gateway("exclusive", "h") + user("c", MINE)
    flows = "s > f; f > a; f > b; a > g; b > h; g > c if n > 3; g > e if n < 3; h > e if n < 3; h > c if n > 3; c > e"
    case_id = odd.start(odd.version(both, flows))

    odd.complete(case_id, "a")
    told = list(db.session.scalars(select(Notice)))
    odd.complete(case_id, "b")

    assert told
    assert {one.code for one in told} == {"notice.incident"}
    assert len(list(db.session.scalars(select(Notice)))) == len(told)
    assert len(queries.tasks_of(case_id)) == 2


def test_an_incident_ends_when_the_case_has_gone_another_way(odd: Oddities) -> None:
    inside = ends("e", "t") + gateway("parallel", "f") + STEP + user("b", MINE) + gateway("exclusive", "g")
    inside = inside.replace('<bpmn:endEvent id="t">', '<bpmn:endEvent id="t"><bpmn:terminateEventDefinition/>')
    flows = "s > f; f > a; f > b; a > g; g > e if n > 3; g > t if n < 3; b > t"
    case_id = odd.start(odd.version(inside, flows))
    odd.complete(case_id, "a")
    incident_id = odd.incident(case_id).id

    odd.complete(case_id, "b")

    assert odd.stands(case_id) == ("done", [])
    closed = repairs.visible(odd.who_operates, incident_id)
    assert (closed.how, closed.closed_at is not None) == ("overtaken", True)
    with pytest.raises(Conflict):
        repairs.retry(odd.who_operates, incident_id, reason=REASON)


def test_a_table_whose_rows_overlap_is_an_incident(odd: Oddities) -> None:
    rows = '< 100 => "clerk"\n> floor => "head"'
    who = table(column("n", "number"), output("who", "string"), rows)
    rule = node(
        "businessRuleTask",
        "r",
        '<bpmn:extensionElements><eo:decision key="who" result="signer"/></bpmn:extensionElements>',
    )
    version = odd.version(ends() + STEP + rule + user("b", MINE), "s > a; a > r; r > b; b > e", decisions={"who": who})
    case_id = odd.start(version, floor=10)

    odd.complete(case_id, n=50)
    assert (odd.incident(case_id).code, odd.incident(case_id).node) == ("engine.dmn", "r")

    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON, changes={"floor": 90}) == "went_on"
    assert odd.stands(case_id) == ("open", ["b"])


def test_a_loop_that_never_waits_is_an_incident(odd: Oddities) -> None:
    odd.machines.add("spin", {})
    body = ends() + STEP + gateway("exclusive", "g") + service("spin") + user("b", MINE)
    case_id = odd.start(odd.version(body, "s > a; a > g; g > spin if n > 3; g > b if n <= 3; spin > g; b > e"))

    odd.complete(case_id, n=5)

    assert odd.incident(case_id).code == "engine.budget"
    assert list(db.session.scalars(select(Call))) == []
    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON, changes={"n": 1}) == "went_on"
    assert odd.stands(case_id) == ("open", ["b"])


def test_a_step_whose_form_was_deleted_is_an_incident(odd: Oddities) -> None:
    body = ends() + STEP + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
    case_id = odd.start(odd.version(body, ON_N, forms="a c"))

    odd.complete(case_id, n=5)
    assert (odd.incident(case_id).code, odd.incident(case_id).node) == ("procedure.step_without_form", "b")

    assert repairs.move(odd.who_operates, odd.incident(case_id).id, to_node="c", reason=REASON) == "went_on"
    assert odd.stands(case_id) == ("open", ["c"])


def test_an_operation_that_is_gone_is_an_incident_until_it_is_back(odd: Oddities) -> None:
    odd.machines.add("work", {"ok": True})
    case_id = odd.start(
        odd.version(ends() + STEP + service("work") + user("b", MINE), "s > a; a > work; work > b; b > e")
    )
    odd.machines.remove("work")

    odd.complete(case_id)
    assert odd.incident(case_id).code == "operation.missing"
    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON) == "failed_again_same"

    odd.machines.add("work", {"ok": True})
    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON) == "went_on"
    assert odd.stands(case_id) == ("open", ["b"])


LATE = ends() + service("work", "found") + gateway("exclusive", "g") + user("b", MINE) + user("c", MINE)
BY_RESULT = "s > work; work > g; g > b if found.n > 3; g > c if found.n <= 3; b > e; c > e"


def test_a_late_answer_after_which_nothing_goes_on_is_kept_and_heard_once(odd: Oddities) -> None:
    odd.machines.add("work")
    case_id = odd.start(odd.version(LATE, BY_RESULT))
    call_id = odd.call(case_id).id

    commands.answer_call(odd.actor, call_id, {"text": "xong"})
    commands.answer_call(odd.actor, call_id, {"n": 5})
    commands.fail_call(odd.actor, call_id, code="late", detail="signing.too_late")

    incident = odd.incident(case_id)
    assert (incident.act, incident.told, incident.attempts) == ("answer", {"text": "xong"}, 1)
    assert repairs.skip(odd.who_operates, incident.id, reason=REASON, result={"n": 1}) == "went_on"
    assert odd.stands(case_id) == ("open", ["c"])


def test_a_failed_operation_is_asked_for_again_under_its_id_and_may_fail_again(odd: Oddities) -> None:
    odd.machines.add("work")
    case_id = odd.start(odd.version(LATE, BY_RESULT))
    call_id = odd.call(case_id).id
    commands.fail_call(odd.actor, call_id, code="signing_failed", detail="signing.certificate_expired")
    incident = odd.incident(case_id)
    assert (incident.act, incident.code, odd.case(case_id).status) == (
        "operation",
        "signing.certificate_expired",
        "incident",
    )

    assert repairs.retry(odd.who_operates, incident.id, reason=REASON) == "waiting"
    assert odd.machines.asked == [call_id, call_id]
    commands.fail_call(odd.actor, call_id, code="signing_failed", detail="signing.revoked")
    assert (odd.incident(case_id).attempts, odd.incident(case_id).code) == (2, "signing.revoked")

    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON) == "waiting"
    commands.answer_call(odd.actor, call_id, {"n": 5})

    assert odd.stands(case_id) == ("open", ["b"])
    assert repairs.visible(odd.who_operates, incident.id).how == "retried"


def test_an_operation_that_answers_at_once_when_asked_again_lets_the_case_go_on(odd: Oddities) -> None:
    odd.machines.add("work")
    case_id = odd.start(odd.version(LATE, BY_RESULT))
    commands.fail_call(odd.actor, odd.call(case_id).id, code="x", detail="signing.revoked")
    odd.machines.answers["work"] = {"n": 5}

    assert repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON) == "went_on"

    assert odd.stands(case_id) == ("open", ["b"])
    assert [call.result for call in db.session.scalars(select(Call))] == [{"n": 5}]


def test_an_operation_can_be_skipped_with_a_result_that_somebody_gives(odd: Oddities) -> None:
    odd.machines.add("work")
    case_id = odd.start(odd.version(LATE, BY_RESULT))
    commands.fail_call(odd.actor, odd.call(case_id).id, code="x", detail="signing.revoked")
    incident_id = odd.incident(case_id).id

    assert repairs.skip(odd.who_operates, incident_id, reason=REASON) == "failed_again_new"
    assert repairs.skip(odd.who_operates, incident_id, reason=REASON, result={"n": 5}) == "went_on"

    assert odd.stands(case_id) == ("open", ["b"])
    assert repairs.visible(odd.who_operates, incident_id).how == "skipped"


def test_a_step_of_a_person_is_not_skipped_but_moved(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id)

    with pytest.raises(Conflict) as refusal:
        repairs.skip(odd.who_operates, odd.incident(case_id).id, reason=REASON)

    assert refusal.value.code == "incident.not_skippable"


def test_a_path_after_an_error_that_cannot_go_on_keeps_what_had_failed(odd: Oddities) -> None:
    odd.machines.add("work")
    body = ends() + service("work") + boundary("b1", "work", error()) + gateway("exclusive", "g") + user("b", MINE)
    case_id = odd.start(odd.version(body, "s > work; work > e; b1 > g; g > b if n > 3; g > e if n <= 3; b > e"))

    commands.fail_call(odd.actor, odd.call(case_id).id, code="x", detail="signing.revoked")

    incident = odd.incident(case_id)
    assert (incident.act, incident.code) == ("failure", "engine.no_way_out")
    assert repairs.retry(odd.who_operates, incident.id, reason=REASON, changes={"n": 7}) == "went_on"
    assert odd.stands(case_id) == ("open", ["b"])


def test_a_timer_that_fails_is_tried_once_and_then_waits_for_an_operator(
    odd: Oddities, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = ends() + STEP + boundary("late", "a", timer('"P1D"')) + gateway("exclusive", "g") + user("b", MINE)
    case_id = odd.start(odd.version(body, "s > a; a > e; late > g; g > b if n > 3; g > e if n <= 3; b > e"))

    with at(monkeypatch, days=2):
        for _ in range(3):
            schedule.tick()
        incident = odd.incident(case_id)
        assert (incident.act, incident.attempts, incident.code) == ("timer", 1, "engine.no_way_out")
        assert odd.stands(case_id) == ("incident", ["a"])

        outcome = repairs.retry(odd.who_operates, incident.id, reason=REASON, changes={"n": 4})

    assert outcome == "went_on"
    assert odd.stands(case_id) == ("open", ["b"])


def test_an_open_case_that_waits_for_nothing_is_found_by_the_clock(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + STEP, "s > a; a > e"))
    task = odd.task(case_id, "a")
    lost = task.id
    db.session.delete(task)
    db.session.commit()

    assert sweeping.stalled(odd.office.app.extensions["files"]) == 1

    assert odd.stands(case_id) == ("open", ["a"])
    assert odd.task(case_id, "a").id == lost
    assert sweeping.stalled(odd.office.app.extensions["files"]) == 0


def test_a_case_whose_state_cannot_be_read_is_found_by_the_clock(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + STEP, "s > a; a > e"))
    other = odd.version(ends() + user("z", MINE), "s > z; z > e", forms="z")
    task = odd.task(case_id, "a")
    task.case.version_id = other
    db.session.delete(task)
    db.session.commit()

    sweeping.stalled(odd.office.app.extensions["files"])

    assert (odd.incident(case_id).act, odd.incident(case_id).code) == ("stall", "engine.state")
    assert sweeping.stalled(odd.office.app.extensions["files"]) == 0
    assert odd.incident(case_id).attempts == 1


def test_a_state_that_grows_too_large_is_an_incident(odd: Oddities) -> None:
    odd.machines.add("grow", {"text": "x" * 2_100_000})
    grown = ends() + STEP + service("grow", "text") + user("b", MINE)
    case_id = odd.start(odd.version(grown, "s > a; a > grow; grow > b; b > e"))

    odd.complete(case_id, way="giữ lại")

    assert odd.incident(case_id).code == "engine.state"
    assert odd.task(case_id, "a").answers == {"way": "giữ lại"}


def test_a_person_who_lost_their_post_does_not_act_through_a_retry(odd: Oddities) -> None:
    case_id = odd.start(odd.version(ends() + SPLIT, ON_N))
    odd.complete(case_id)
    person = odd.office.person(odd.drafter)
    person.active = False
    db.session.commit()

    outcome = repairs.retry(odd.who_operates, odd.incident(case_id).id, reason=REASON, changes={"n": 5})

    assert outcome == "failed_again_new"
    assert odd.incident(case_id).code == "incident.actor_gone"
