"""Drafts and versions: what is saved does not run, what is published never changes, nobody's work is lost."""

from pathlib import Path

import pytest

from app.domain.cases import drafting
from app.domain.procedures import checks, drafts, effective, imports, publishing, queries
from app.domain.procedures.checks import Todo
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from app.domain.procedures.publishing import Words
from app.kernel import events
from app.kernel.db import db
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing
from tests.engine.diagrams import document, ends, service, user
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, KEY, OTHER, ROOT, admin, draft, handling_days, say
from tests.story import Told

DIALECTS = Path(__file__).parents[1] / "engine" / "dialects"
PLACE = f"units/{COMMUNE}"
WHY = Words("Theo quyết định của cơ quan.")


def _days(days: int) -> dict[str, dict[str, int]]:
    return {"parameters": {"handling_days": days}}


def test_a_draft_never_runs_and_publishing_is_an_act_of_its_own(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, _days(2))
    unit_id = office.unit(COMMUNE).id
    assert handling_days(pin(KEY, unit_id)) == 5

    version = publishing.publish(actor, made.id, Words("Rút ngắn thời hạn", "thí điểm"))
    assert handling_days(pin(KEY, unit_id)) == 2
    assert (version.number, version.label, version.published_by) == (1, "thí điểm", actor.person_id)
    assert [one.name for one in events.trail(str(version.id))] == ["layer.published"]
    assert queries.drafts(actor) == []


def test_running_cases_keep_their_version_and_the_number_is_never_changed(office: Office) -> None:
    unit_id = office.unit(COMMUNE).id
    before = pin(KEY, unit_id)
    say(admin(office, COMMUNE), PLACE, _days(2))
    after = pin(KEY, unit_id)

    assert after.number == before.number + 1
    db.session.expire_all()
    assert handling_days(before) == 5


def test_the_same_content_makes_no_new_version_and_older_content_becomes_the_newest(office: Office) -> None:
    actor, unit_id = admin(office, COMMUNE), office.unit(COMMUNE).id
    first = say(actor, PLACE, _days(2))
    assert say(actor, PLACE, _days(2)).id == first.id
    pinned = pin(KEY, unit_id).id
    say(actor, PLACE, _days(3))
    third = say(actor, PLACE, _days(2))

    assert third.number == 3
    assert pin(KEY, unit_id).id == pinned


def test_a_version_has_a_label_of_its_own(office: Office) -> None:
    actor = admin(office, COMMUNE)
    version = say(actor, PLACE, _days(2))
    publishing.set_label(actor, version.id, "bản 2026")

    assert queries.visible_version(actor, version.id).label == "bản 2026"
    with pytest.raises(Invalid):
        publishing.set_label(actor, version.id, "x" * 61)


def test_an_older_version_can_be_started(office: Office) -> None:
    actor = admin(office, COMMUNE)
    older = say(actor, PLACE, _days(2))
    newer = say(actor, PLACE, _days(3))
    unit_id = office.unit(COMMUNE).id

    assert handling_days(pin(KEY, unit_id, older.id)) == 2
    assert handling_days(pin(KEY, unit_id, newer.id)) == 3
    with pytest.raises(Missing):
        pin(KEY, office.unit(OTHER).id, older.id)


def test_a_person_starts_an_older_version(office: Office) -> None:
    told, root = Told(office), admin(office, ROOT)
    older = say(root, "common", {"parameters": {"check_days": 7}}, key="outgoing_document")
    say(root, "common", {"parameters": {"check_days": 8}}, key="outgoing_document")
    drafter = office.actor(told.tour["drafter"])

    old = drafting.start_outgoing(drafter, version_id=older.id)
    assert old.version.parameters["check_days"] == 7
    assert drafting.start_outgoing(drafter).version.parameters["check_days"] == 8


def test_a_retired_version_begins_nothing_and_its_cases_run_on(office: Office) -> None:
    told, root = Told(office), admin(office, ROOT)
    first = say(root, "common", {"parameters": {"check_days": 7}}, key="outgoing_document")
    second = say(root, "common", {"parameters": {"check_days": 8}}, key="outgoing_document")
    drafter = office.actor(told.tour["drafter"])
    running = told.start()
    publishing.retire(root, second.id)

    assert drafting.start_outgoing(drafter).version.parameters["check_days"] == 7
    with pytest.raises(Conflict):
        drafting.start_outgoing(drafter, version_id=second.id)
    publishing.retire(root, first.id)
    assert drafting.start_outgoing(drafter).version.origins["parameters.check_days"] == "library/common"
    told.complete(running, "draft", told.tour["drafter"], **told.draft())
    assert told.task(running, "check_content").due_at is not None


def test_a_procedure_that_nobody_offers_any_more_is_missing(office: Office) -> None:
    root = admin(office, ROOT)
    diagram = document(ends() + user("a", "form='take_up' role='clerk'"), "s > a; a > e", name="new").decode()
    version = say(root, "common", {"diagram": diagram, "starts_with": "person"}, key="new")
    drafter = office.actor(office.tour["drafter"])
    assert "new" in drafting.startable(drafter)

    publishing.retire(root, version.id)
    assert "new" not in drafting.startable(drafter)
    with pytest.raises(Missing):
        pin("new", office.unit(DISTRICT).id)


def test_rollback_is_one_act_and_keeps_the_newer_draft(office: Office) -> None:
    actor = admin(office, COMMUNE)
    first = say(actor, PLACE, _days(2))
    say(actor, PLACE, _days(3))
    writing = draft(actor, PLACE, _days(4))
    third = publishing.rollback(actor, first.id, "Bản 2 có lỗi")

    assert (third.number, handling_days(pin(KEY, office.unit(COMMUNE).id))) == (3, 2)
    assert drafts.visible_draft(actor, writing.id).content == _days(4)


def test_two_people_who_write_at_once_both_keep_their_work(office: Office) -> None:
    actor = admin(office, COMMUNE)
    made = draft(actor, PLACE, _days(2))
    seen = made.row_version
    drafts.save_draft(actor, Subject("procedure", KEY, PLACE), _days(3), row_version=seen)

    with pytest.raises(Conflict) as raised:
        drafts.save_draft(admin(office, DISTRICT), Subject("procedure", KEY, PLACE), _days(4), row_version=seen)
    assert raised.value.code == "draft.stale"
    with pytest.raises(Conflict):
        drafts.save_draft(actor, Subject("procedure", KEY, PLACE), _days(5))
    assert drafts.visible_draft(actor, made.id).content == _days(3)


def test_what_the_engine_cannot_run_is_not_published(office: Office) -> None:
    actor = admin(office, COMMUNE)
    cases = {
        "procedure.step_without_form": document(ends() + user("a", "role='clerk'"), "s > a; a > e", name=KEY),
        "diagram.unreachable": document(ends() + user("a", "form='take_up' role='clerk'"), "s > e", name=KEY),
        "procedure.form_unknown": document(ends() + user("a", "form='nowhere' role='clerk'"), "s > a; a > e", name=KEY),
    }
    for reason, xml in cases.items():
        made = draft(actor, PLACE, {"diagram": xml.decode(), "forms": dict.fromkeys(_forms(office)), "steps": None})
        assert reason in [one.reason for one in drafts.todo(made)], drafts.todo(made)
        with pytest.raises(Invalid) as raised:
            publishing.publish(actor, made.id, WHY)
        assert raised.value.code == "draft.todo"


def _forms(office: Office) -> list[str]:
    return list(effective.effective(KEY, office.unit(COMMUNE).id).forms)


def test_a_word_about_a_step_that_is_not_there_is_something_to_do(office: Office) -> None:
    made = draft(admin(office, COMMUNE), PLACE, {"steps": {"nowhere": {"deadline": "1"}}})

    assert drafts.todo(made) == [Todo("procedure.step_unknown", {"node": "nowhere"}, "nowhere")]


def test_an_operation_that_nobody_offers_is_something_to_do(office: Office) -> None:
    forms = dict.fromkeys(_forms(office))
    xml = document(ends() + service("act"), "s > act; act > e", name=KEY).decode()
    made = draft(admin(office, COMMUNE), PLACE, {"diagram": xml, "forms": forms})

    assert [one.reason for one in drafts.todo(made)] == ["operation.not_offered"]
    assert checks.examined(xml) == []


@pytest.mark.parametrize("path", sorted(DIALECTS.iterdir()), ids=lambda path: path.stem)
def test_a_diagram_of_another_tool_becomes_a_draft_with_a_list_of_what_is_left(office: Office, path: Path) -> None:
    actor = admin(office, COMMUNE)
    made = imports.import_diagram(actor, Subject("procedure", "imported", PLACE), path.read_bytes())

    assert 'id="imported"' in made.content["diagram"]
    assert all(one.reason and one.reason.partition(".")[0] for one in drafts.todo(made))


def test_a_form_that_is_used_is_not_withdrawn(office: Office) -> None:
    root = admin(office, ROOT)
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    form = say(root, "common", {"schema": schema, "texts": {}}, kind="form", key="own_form")
    for named in ({"forms": {"handle": "own_form"}}, {"steps": {"handle": {"form": "own_form"}}}):
        say(root, PLACE, named)
        with pytest.raises(Conflict) as raised:
            publishing.retire(root, form.id)
        assert raised.value.data["where"] == f"{KEY} ({PLACE})"


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"$ref": "file:///etc/passwd"}, "$ref"),
        ({"type": "array", "items": {"$ref": "http://127.0.0.1:9/x"}}, "$ref"),
        ({"anyOf": [{"$dynamicRef": "#x"}]}, "$ref"),
        ({"$ref": "#/properties/x"}, "$ref"),
        (True, "properties.x"),
        ({"type": "string", "x-ui": "file"}, "properties.x.x-ui"),
    ],
)
def test_a_form_that_leads_elsewhere_or_has_no_fields_to_show_is_not_published(
    office: Office, field: object, path: str
) -> None:
    root = admin(office, ROOT)
    schema = {"type": "object", "properties": {"x": field}}
    found = drafts.todo(draft(root, "common", {"schema": schema, "texts": {}}, kind="form", key="own_form"))
    assert found == [Todo("form.schema", {"path": path})]


def test_drafts_and_versions_of_a_unit_are_invisible_to_another_units_administrator(office: Office) -> None:
    mine, stranger = admin(office, COMMUNE), admin(office, OTHER)
    version, writing = say(mine, PLACE, _days(2)), draft(mine, PLACE, _days(3))

    with pytest.raises(Missing):
        queries.visible_version(stranger, version.id)
    with pytest.raises(Missing):
        drafts.visible_draft(stranger, writing.id)
    with pytest.raises(Missing):
        queries.explain(stranger, KEY, COMMUNE)
    with pytest.raises(Missing):
        publishing.retire(stranger, version.id)
    with pytest.raises(Missing):
        draft(stranger, PLACE, _days(4))
    assert [one.place for one in queries.versions(stranger, "procedure", KEY) if one.place.startswith("units/")] == []
    assert queries.drafts(stranger) == []
    assert {row.unit.code for row in queries.overview(stranger)} & {COMMUNE} == set()
    assert queries.visible_version(admin(office, DISTRICT), version.id).id == version.id


def test_only_the_root_says_what_is_said_for_a_level_or_for_all(office: Office) -> None:
    for place in ("common", "levels/commune"):
        with pytest.raises(Forbidden):
            draft(admin(office, DISTRICT), place, _days(2))
        assert draft(admin(office, ROOT), place, _days(2)).place == place
    with pytest.raises(Forbidden):
        draft(admin(office, ROOT), "library/common", _days(2))


@pytest.mark.parametrize(
    "content",
    [
        {"unknown": 1},
        {"steps": {"handle": {"colour": "red"}}},
        {"forms": {"handle": "../etc"}},
        {"diagram": 5},
        {"title": "a\0b"},
        {"title": "a"},
        {"document": {"direction": 5}},
        {"document": {"colour": "red"}},
        [],
    ],
)
def test_what_no_layer_may_say_is_not_kept(office: Office, content: dict[str, object]) -> None:
    with pytest.raises(Invalid) as raised:
        draft(admin(office, COMMUNE), PLACE, content)
    assert raised.value.code == "layer.content"
