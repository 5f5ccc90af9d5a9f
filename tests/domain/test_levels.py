"""What is effective for a unit: the nearest place wins leaf by leaf, however many levels there are."""

from typing import Any

import pytest

from app.domain.procedures import effective, library
from app.domain.procedures.adoption import adopt
from app.domain.procedures.commands import pin, pinned, pinned_form
from app.domain.procedures.models import LayerVersion
from app.kernel.db import db
from app.kernel.errors import Invalid
from tests.engine.diagrams import document, ends, node, user
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, KEY, OTHER, ROOT, admin, handling_days, level, say, unit
from tests.web.test_costs import counted

PARTS = ("common", "levels/commune", f"units/{ROOT}", f"units/{DISTRICT}", f"units/{COMMUNE}")


def test_what_ships_is_adopted_once_and_lies_below_what_people_publish(office: Office) -> None:
    assert adopt() == 0
    found = effective.effective(KEY, office.unit(COMMUNE).id)

    assert (found.parameters["handling_days"], found.origins["parameters.handling_days"]) == (
        5,
        "library/levels/commune",
    )
    say(admin(office, ROOT), "levels/commune", {"parameters": {"handling_days": 4}})
    found = effective.effective(KEY, office.unit(COMMUNE).id)
    assert (found.parameters["handling_days"], found.origins["parameters.handling_days"]) == (4, "levels/commune")
    assert found.origins["diagram"] == "library/common"


def test_a_release_with_other_content_makes_the_next_version_of_the_librarys_place(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = list(library.contents())
    changed = [(kind, key, place, {**content, "legal_basis": "Khác"}) for kind, key, place, content in shipped[:1]]
    monkeypatch.setattr(library, "contents", lambda: changed)

    assert adopt() == len(shipped)
    kind, key, place, _content = changed[0]
    query = db.select(LayerVersion.number, LayerVersion.retired_at).filter_by(
        kind=kind, key=key, place=f"library/{place}"
    )
    assert [number for number, retired in db.session.execute(query) if retired is None] == [1, 2]


@pytest.mark.parametrize("depth", range(1, len(PARTS) + 1))
def test_the_nearest_place_that_speaks_wins(office: Office, depth: int) -> None:
    for days, place in enumerate(PARTS[:depth], start=20):
        say(admin(office, ROOT), place, {"parameters": {"handling_days": days}})
    version = pin(KEY, office.unit(COMMUNE).id)

    nearest = [
        place for place in ("levels/commune", f"units/{DISTRICT}", f"units/{ROOT}", "common") if place in PARTS[:depth]
    ]
    winner = f"units/{COMMUNE}" if depth == len(PARTS) else nearest[0]
    assert version.origins["parameters.handling_days"] == (winner if depth > 1 else "library/levels/commune")
    assert handling_days(version) == (20 + PARTS.index(winner) if depth > 1 else 5)


def test_one_step_one_deadline_and_one_role_are_said_otherwise_and_the_rest_is_inherited(office: Office) -> None:
    mine = {"steps": {"handle": {"deadline": "2", "name": "Xử lý ngay"}, "take_up": {"role": "head"}}}
    say(admin(office, DISTRICT), f"units/{COMMUNE}", mine)
    here, there = pin(KEY, office.unit(COMMUNE).id), pin(KEY, office.unit(OTHER).id)

    assert b'deadline="2"' in here.bpmn
    assert "Xử lý ngay" in here.bpmn.decode()
    assert b'deadline="2"' not in there.bpmn
    assert here.parameters == there.parameters
    assert (here.number, there.number) == (1, 2)
    assert pinned(here.id).definition.process_id == KEY


def test_the_same_effective_content_is_one_version_for_every_unit(office: Office) -> None:
    assert pin(KEY, office.unit(COMMUNE).id).id == pin(KEY, office.unit(OTHER).id).id


def test_one_field_of_a_form_is_changed_for_one_unit(office: Office) -> None:
    form = {"schema": {"properties": {"result": {"maxLength": 77}}}}
    say(admin(office, DISTRICT), f"units/{COMMUNE}", form, kind="form", key="handle_document")
    here, there = (pinned_form(pin(KEY, office.unit(code).id).forms["handle"]) for code in (COMMUNE, OTHER))

    assert here.schema["properties"]["result"]["maxLength"] == 77
    assert there.schema["properties"]["result"].get("maxLength") != 77
    assert here.texts == there.texts


def test_a_fifth_level_is_data(office: Office) -> None:
    level("hamlet", 5)
    hamlet = unit(office, "thon-1", "hamlet", COMMUNE)
    say(admin(office, ROOT), "levels/hamlet", {"parameters": {"handling_days": 1}})
    say(admin(office, DISTRICT), "units/thon-1", {"parameters": {"direction_days": 0}})
    version = pin(KEY, hamlet.id)

    assert version.origins["parameters.handling_days"] == "levels/hamlet"
    assert version.origins["parameters.direction_days"] == "units/thon-1"
    assert version.origins["forms.register"] == "library/levels/commune"


def test_a_level_that_is_a_kind_of_another_looks_there_next(office: Office) -> None:
    level("zone", 4, base="commune")
    zone = unit(office, "dac-khu", "zone", ROOT)

    assert pin(KEY, zone.id).origins["parameters.handling_days"] == "library/levels/commune"


def _calling(process: str, called: str) -> str:
    body = ends() + user("ask", "form='take_up' role='clerk'") + node("callActivity", "call", calledElement=called)
    return document(body, "s > ask; ask > call; call > e", name=process).decode()


def _simple(process: str, step: str, more: str = "", flows: str = "") -> str:
    body = ends() + user(step, "form='take_up' role='clerk'") + more
    return document(body, flows or f"s > {step}; {step} > e", name=process).decode()


def test_a_called_process_is_looked_up_for_the_same_unit_to_any_depth(office: Office) -> None:
    root = admin(office, ROOT)
    say(root, "common", {"diagram": _simple("third", "deep")}, key="third")
    say(
        root,
        "common",
        {
            "diagram": _calling("second", "third")
            .replace('"ask', '"asked')
            .replace("s_to_ask", "s_to_asked")
            .replace("ask_to_call", "asked_to_call")
        },
        key="second",
    )
    say(root, "common", {"diagram": _calling("first", "second"), "starts_with": "person"}, key="first")
    say(admin(office, DISTRICT), f"units/{COMMUNE}", {"diagram": _simple("third", "other")}, key="third")
    here, there = pin("first", office.unit(COMMUNE).id), pin("first", office.unit(OTHER).id)

    assert set(here.called) == {"second", "third"}
    assert set(there.forms) == {"ask", "asked", "deep"}
    assert set(here.forms) == {"ask", "asked", "other"}
    assert pinned(here.id).definition.inner


def test_processes_that_call_each_other_in_a_circle_are_refused(office: Office) -> None:
    root = admin(office, ROOT)
    say(root, "common", {"diagram": _simple("second", "x")}, key="second")
    say(root, "common", {"diagram": _calling("first", "second")}, key="first")

    with pytest.raises(Invalid) as raised:
        say(root, "common", {"diagram": _calling("second", "first")}, key="second")
    assert raised.value.data["first"] == "procedure.cycle"


def _table(output: str) -> str:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">'
        '<decision id="days" name="days"><decisionTable id="t" hitPolicy="FIRST">'
        '<input id="i"><inputExpression id="ie" typeRef="string"><text>urgency</text></inputExpression></input>'
        '<output id="o" name="days" typeRef="number"/><rule id="r"><inputEntry id="e"><text>-</text></inputEntry>'
        f'<outputEntry id="oe"><text>{output}</text></outputEntry></rule>'
        "</decisionTable></decision></definitions>"
    )


def test_a_decision_table_is_the_units_own_or_the_shared_one_and_is_pinned(office: Office) -> None:
    root = admin(office, ROOT)
    rule = "<bpmn:extensionElements><eo:decision key='days' result='days'/></bpmn:extensionElements>"
    diagram = _simple("p", "a", node("businessRuleTask", "rule", rule), "s > rule; rule > a; a > e")
    say(root, "common", {"dmn": _table("3")}, kind="decision", key="days")
    say(root, "common", {"diagram": diagram}, key="p")
    say(admin(office, DISTRICT), f"units/{COMMUNE}", {"dmn": _table("9")}, kind="decision", key="days")
    here, there = pin("p", office.unit(COMMUNE).id), pin("p", office.unit(OTHER).id)

    assert "<text>9</text>" in here.decisions["days"]
    assert "<text>3</text>" in there.decisions["days"]
    assert pinned(here.id).definition.spec


def test_pinning_what_is_pinned_already_costs_four_statements(office: Office) -> None:
    unit_id: Any = office.unit(COMMUNE).id
    pin(KEY, unit_id)
    db.session.remove()
    with counted() as costs:
        pin(KEY, unit_id)

    assert costs.statements <= 4
