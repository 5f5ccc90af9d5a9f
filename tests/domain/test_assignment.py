"""Who does a step: what a diagram says, resolved to posts and roles that somebody holds, and why."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.actors.models import Person
from app.domain.cases import assignment, mending, queries
from app.domain.cases.models import Case, Incident, Task
from app.domain.orgunits.models import PostHolder
from app.engine import gate
from app.engine.declarations import describe
from app.kernel.clock import office_day
from app.kernel.db import db, transaction
from tests.begun import HOME, begin, complete, tasks
from tests.engine.diagrams import document, ends, node, user
from tests.engine.tables import column, output, table
from tests.house import Office
from tests.procedures.test_library import DIAGRAMS

LINE = "s > a; a > e"


def _assigned(office: Office, performer: str, **data: Any) -> Task:
    known = {"office": str(office.unit("vp-son-tinh").id), "home": str(office.unit(HOME).id), **data}
    case = begin(office, user("a", f'performer="{performer}"'), LINE, data=known)
    return tasks(case)[0]


def _leave(office: Office, post: str, *, on: date | None = None) -> None:
    """Whoever holds a post gives it up."""
    with transaction() as session:
        last = on or office_day() - timedelta(days=1)
        session.execute(update(PostHolder).where(PostHolder.post_id == office.post(post).id).values(valid_to=last))


def _incidents(case_id: Any) -> list[Incident]:
    return list(db.session.scalars(select(Incident).where(Incident.case_id == case_id).order_by(Incident.opened_at)))


@pytest.mark.parametrize(
    ("performer", "post", "code"),
    [
        ("post('chanhvp-sontinh')", "chanhvp-sontinh", "why.post"),
        ("'chanhvp-sontinh'", "chanhvp-sontinh", "why.post"),
        ("post('chutich-tinhbac')", "chutich-tinhbac", "why.post"),
        ("head_of(office)", "chanhvp-sontinh", "why.head"),
        ("head_of(home)", "chutich-sontinh", "why.head"),
        ("superior_of(post('chuyenvien-vp-sontinh'))", "chanhvp-sontinh", "why.superior"),
        ("superior_of(head_of(office))", "chutich-sontinh", "why.superior"),
        ("superior_of(office)", "chutich-sontinh", "why.superior"),
        ("superior_of(head_of(home))", "chutich-tinh", "why.superior"),
        ("first(post(nobody), post('no-such-post'), head_of(office))", "chanhvp-sontinh", "why.head"),
    ],
)
def test_a_performer_is_found_in_the_tree_of_units(office: Office, performer: str, post: str, code: str) -> None:
    task = _assigned(office, performer)

    assert task.post_id == office.post(post).id
    assert task.role is None
    assert task.why["code"] == code
    assert task.why["values"]["post_id"] == str(office.post(post).id)
    assert _incidents(task.case_id) == []


def test_a_role_is_for_everyone_who_has_it_at_the_unit(office: Office) -> None:
    task = _assigned(office, "role('specialist', office)")

    assert (task.role, task.unit_id, task.post_id) == ("specialist", office.unit("vp-son-tinh").id, None)
    assert task.why == {"code": "why.role", "values": {"role": "specialist", "unit_id": str(task.unit_id)}}
    assert queries.may_perform(office.actor("chuyenvien.vp.sontinh"), task)


def test_whoever_did_an_earlier_step_does_a_later_one(office: Office) -> None:
    body = user("a", 'role="head"') + user("b", "performer=\"who_did('a')\"")
    case = begin(office, body, "s > a; a > b; b > e")
    complete(office, case, "a", "chanhvp.sontinh")

    task = tasks(case, "b")[0]
    assert task.post_id == office.post("chanhvp-sontinh").id
    assert task.why["values"]["step"] == "a"


def test_what_a_diagram_said_before_is_understood_as_before(office: Office) -> None:
    post = str(office.post("chanhvp-sontinh").id)
    body = user("a", 'role="clerk"') + user("b", 'role="clerk" post="lead"') + user("c", 'role="head" unit="office"')
    known = {"lead": post, "office": str(office.unit("vp-son-tinh").id)}
    case = begin(office, body, "s > a; a > b; b > c; c > e", data=known)
    assert (tasks(case)[0].role, tasks(case)[0].unit_id) == ("clerk", office.unit(HOME).id)
    complete(office, case, "a", "vanthu.sontinh")
    assert (tasks(case)[0].role, str(tasks(case)[0].post_id)) == (None, post)
    complete(office, case, "b", "chanhvp.sontinh")
    assert (tasks(case)[0].role, tasks(case)[0].unit_id) == ("head", office.unit("vp-son-tinh").id)


@pytest.mark.parametrize(
    ("performer", "reason"),
    [
        ("post('no-such-post')", "assign.post_unknown"),
        ("post(nobody)", "assign.post_unknown"),
        ("role('minister', home)", "assign.role_empty"),
        ("role('clerk', 'nowhere')", "assign.unit_unknown"),
        ("who_did('never')", "assign.nobody_did"),
        ("superior_of(post('chutich-tinh'))", "assign.no_superior"),
        ("post(1 + 'a')", "assign.expression"),
        ("nobody", "assign.nobody_named"),
        ("{'by': 'magic'}", "assign.nobody_named"),
        ("17", "assign.nobody_named"),
    ],
)
def test_what_nobody_can_do_goes_to_the_registry_with_the_reason(office: Office, performer: str, reason: str) -> None:
    task = _assigned(office, performer)

    assert (task.role, task.unit_id) == ("clerk", office.unit(HOME).id)
    assert task.why["code"] == "why.fallback"
    assert task.why["values"]["reason"] == reason
    incident = _incidents(task.case_id)[0]
    assert (incident.act, incident.reference, incident.code) == ("assign", str(task.id), reason)
    assert task.case.status == "open"


def test_a_procedure_names_its_own_fallback(office: Office) -> None:
    body = user("a", "performer=\"post('no-such-post')\"")
    named = begin(office, body, LINE, parameters={"fallback_post": "chanhvp-sontinh", "fallback_role": "chairman"})
    by_role = begin(office, body, LINE, parameters={"fallback_role": "chairman"})

    assert tasks(named)[0].post_id == office.post("chanhvp-sontinh").id
    assert tasks(by_role)[0].role == "chairman"


def test_without_clerks_the_work_goes_to_the_chairman(office: Office) -> None:
    _leave(office, "vanthu-sontinh")

    assert _assigned(office, "nobody").post_id == office.post("chutich-sontinh").id


def test_a_post_that_nobody_holds_today_is_not_waited_for(office: Office) -> None:
    _leave(office, "chanhvp-sontinh")
    task = _assigned(office, "head_of(office)")

    assert task.role == "clerk"
    assert task.why["values"]["reason"] == "assign.post_empty"


def test_whoever_may_not_sign_in_any_more_holds_no_post(office: Office) -> None:
    with transaction() as session:
        session.execute(update(Person).where(Person.sign_in == "chanhvp.sontinh").values(active=False))

    assert _assigned(office, "head_of(office)").why["values"]["reason"] == "assign.post_empty"


def test_work_comes_back_when_somebody_holds_the_post_again(office: Office) -> None:
    _leave(office, "chanhvp-sontinh")
    task = _assigned(office, "head_of(office)")
    incident = mending.waiting()[0]
    assert mending.mend(incident) is False
    _leave(office, "chanhvp-sontinh", on=office_day() + timedelta(days=300))

    assert mending.mend(incident) is True
    task = tasks(task.case)[0]
    assert (task.role, task.post_id) == (None, office.post("chanhvp-sontinh").id)
    assert task.why["code"] == "why.head"
    assert _incidents(task.case_id)[0].how == "mended"
    assert mending.waiting() == []


def test_the_incident_is_over_when_the_fallback_did_the_work(office: Office) -> None:
    task = _assigned(office, "nobody")
    complete(office, task.case, "a", "vanthu.sontinh")

    assert mending.mend(mending.waiting()[0]) is True
    assert mending.waiting() == []


def test_whoever_gives_the_work_to_somebody_else_closes_the_incident(office: Office) -> None:
    task, person = _assigned(office, "nobody"), office.person("quantri.sontinh")
    with transaction():
        queries.locked_case(task.case_id)
        assignment.settle(task.id, by=person.id)

    found = _incidents(task.case_id)[0]
    assert (found.how, found.closed_by) == ("moved", person.id)


def _approver(office: Office, document_type: str) -> Case:
    rows = "'CV' => 'chanhvp-sontinh' | null\n'QĐ' => 'chutich-sontinh' | null\n- => null | 'clerk'"
    rules = table(column("document_type"), output("post") + output("role"), rows, policy="FIRST").decode()
    decide = node(
        "businessRuleTask",
        "d",
        '<bpmn:extensionElements><eo:decision key="approver" result="decision"/></bpmn:extensionElements>',
    )
    body = decide + user("a", 'performer="post(decision.post) if decision.post else role(decision.role, unit_id)"')
    known = {"document_type": document_type}
    return begin(office, body, "s > d; d > a; a > e", data=known, decisions={"approver": rules})


def test_a_decision_table_chooses_the_approver_by_the_type_of_the_document(office: Office) -> None:
    chosen = {kind: tasks(_approver(office, kind))[0] for kind in ("CV", "QĐ", "BC")}

    assert chosen["CV"].post_id == office.post("chanhvp-sontinh").id
    assert chosen["QĐ"].post_id == office.post("chutich-sontinh").id
    assert (chosen["BC"].post_id, chosen["BC"].role) == (None, "clerk")


def _lanes(declared: str, inner: str = "") -> str:
    child = f'<bpmn:childLaneSet><bpmn:lane id="l2">{inner}</bpmn:lane></bpmn:childLaneSet>' if inner else ""
    inside = f"<bpmn:extensionElements>{declared}</bpmn:extensionElements>"
    refs = "<bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef>"
    return f'<bpmn:laneSet id="ls"><bpmn:lane id="l">{inside}{refs}{child}</bpmn:lane></bpmn:laneSet>'


def test_a_step_that_names_nobody_is_for_whoever_its_lane_names(office: Office) -> None:
    body = _lanes('<eo:lane role="head" unit="office"/>') + user("a", 'deadline="3"') + user("b", 'role="chairman"')
    case = begin(office, body, "s > a; a > b; b > e", data={"office": str(office.unit("vp-son-tinh").id)})

    task = tasks(case)[0]
    assert (task.role, task.unit_id) == ("head", office.unit("vp-son-tinh").id)
    assert task.due_at is not None
    complete(office, case, "a", "chanhvp.sontinh")
    assert tasks(case)[0].role == "chairman"


def test_the_innermost_lane_that_names_somebody_counts(office: Office) -> None:
    inner = "<bpmn:extensionElements><eo:lane performer=\"'chutich-sontinh'\"/></bpmn:extensionElements>"
    lanes = _lanes('<eo:lane role="clerk"/>', inner + "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>")
    case = begin(office, lanes + user("a") + user("b"), "s > a; a > b; b > e")

    assert tasks(case)[0].post_id == office.post("chutich-sontinh").id
    complete(office, case, "a", "chutich.sontinh")
    assert tasks(case)[0].role == "clerk"


def test_steps_that_name_nobody_are_found_before_a_diagram_is_published() -> None:
    steps = user("a", 'form="take_up"') + user("b", "performer=\"who_did('a')\"") + user("c", 'deadline="1"')
    alone = describe(document(ends() + steps, "s > a; a > b; b > c; c > e"))
    together = describe(document(ends() + _lanes('<eo:lane role="clerk"/>') + steps, "s > a; a > b; b > c; c > e"))

    assert [one.data["node"] for one in assignment.problems(alone)] == ["a", "c"]
    assert [one.data["node"] for one in assignment.problems(together)] == ["c"]
    for path in DIAGRAMS:
        assert assignment.problems(describe(path.read_bytes())) == []


@pytest.mark.parametrize("declared", ['<eo:lane performer="heda_of(x)"/>', '<eo:lane role="Not A Word"/>'])
def test_a_lane_that_says_nonsense_is_refused_before_it_runs(declared: str) -> None:
    xml = document(
        ends() + _lanes(declared) + user("a", 'role="clerk"') + user("b", 'role="clerk"'), "s > a; a > b; b > e"
    )

    assert gate.examine(xml).verdict == "draft"


def test_functions_that_say_who_are_for_performers_only() -> None:
    assert gate.examine(document(ends() + user("a", "performer=\"role('clerk')\""), LINE)).verdict == "runs"
    assert gate.examine(document(ends() + user("a", "post=\"role('clerk')\""), LINE)).verdict == "draft"
