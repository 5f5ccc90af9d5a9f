"""When a place above publishes, the places below follow or have a conflict to settle; nothing changes silently."""

from pathlib import Path

import pytest

from app.domain.procedures import queries, settling
from app.domain.procedures.commands import pin
from app.domain.procedures.models import LayerNotice
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, Missing
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, KEY, OTHER, ROOT, admin, handling_days, say

PLACE = f"units/{COMMUNE}"
BASE = Path("processes/common/incoming_document/process.bpmn").read_text("utf-8")


def _days(handling: int, direction: int = 1) -> dict[str, dict[str, int]]:
    return {"parameters": {"handling_days": handling, "direction_days": direction}}


def _notices(office: Office, code: str = COMMUNE) -> list[LayerNotice]:
    return [one for one in queries.open_notices(admin(office, code)) if one.place == f"units/{code}"]


def _changed(old: str, new: str) -> dict[str, str]:
    assert old in BASE
    return {"diagram": BASE.replace(old, new, 1)}


def test_a_place_that_speaks_of_other_things_follows_and_is_told(office: Office) -> None:
    say(admin(office, DISTRICT), PLACE, {"parameters": {"handling_days": 2}})
    say(admin(office, ROOT), "common", {"parameters": {"direction_days": 4}})
    notice = _notices(office)[0]

    assert (notice.outcome, notice.paths, notice.above) == ("follows", [], "common")
    assert pin(KEY, office.unit(COMMUNE).id).parameters["direction_days"] == 4
    settling.settle(admin(office, COMMUNE), notice.id, how="seen")
    assert _notices(office) == []
    assert _notices(office, OTHER) == []


def test_a_conflict_leaves_the_place_on_the_old_version_until_it_is_settled(office: Office) -> None:
    root = admin(office, ROOT)
    say(root, "common", {"parameters": {"direction_days": 4, "handling_days": 8}})
    say(admin(office, DISTRICT), PLACE, {"parameters": {"handling_days": 2}})
    say(root, "common", {"parameters": {"direction_days": 5, "handling_days": 9}})
    here, there = (pin(KEY, office.unit(code).id).parameters for code in (COMMUNE, OTHER))
    notice = _notices(office)[0]

    assert (notice.outcome, notice.paths) == ("conflict", ["parameters.handling_days"])
    assert (here["direction_days"], there["direction_days"]) == (4, 5)


@pytest.mark.parametrize(("how", "number"), [("keep", 1), ("follow", 2)])
def test_a_conflict_is_settled_by_keeping_or_by_following(office: Office, how: str, number: int) -> None:
    root, actor = admin(office, ROOT), admin(office, COMMUNE)
    place = f"units/{DISTRICT}"
    say(root, place, _days(8, 4))
    say(actor, PLACE, {"parameters": {"handling_days": 2}, "description": "Riêng"})
    say(
        root,
        place,
        {"parameters": {"handling_days": 9, "direction_days": 5}, "forms": {"register": "register_document"}},
    )
    notice = next(one for one in _notices(office) if one.outcome == "conflict")
    settling.settle(actor, notice.id, how=how)
    version = pin(KEY, office.unit(COMMUNE).id)

    assert version.parameters["direction_days"] == 5
    if how == "keep":
        assert handling_days(version) == 2
    else:  # the commune level stands nearer than the district
        assert version.origins["parameters.handling_days"] == "library/levels/commune"
    own = [one for one in queries.versions(actor, "procedure", KEY) if one.place == PLACE]
    assert own[0].number == number
    assert own[0].content["description"] == "Riêng"
    with pytest.raises(Conflict):
        settling.settle(actor, notice.id, how="keep")


def test_an_open_conflict_is_judged_anew_from_where_the_place_still_stands(office: Office) -> None:
    root = admin(office, ROOT)
    first = say(root, "common", _days(8))
    say(admin(office, DISTRICT), PLACE, {"parameters": {"handling_days": 2}})
    say(root, "common", _days(9))
    third = say(root, "common", _days(8, direction=6))
    notices = _notices(office)

    assert [one.outcome for one in notices] == ["follows"]
    assert (notices[0].old_version_id, notices[0].new_version_id) == (first.id, third.id)
    assert pin(KEY, office.unit(COMMUNE).id).parameters["direction_days"] == 6


def test_changes_of_different_elements_can_be_merged(office: Office) -> None:
    root, actor = admin(office, ROOT), admin(office, COMMUNE)
    say(root, "common", {"diagram": BASE})
    say(actor, PLACE, _changed('deadline="parameters.registration_days"', 'deadline="1"'))
    say(root, "common", _changed('deadline="parameters.direction_days"', 'deadline="6"'))
    notice = next(one for one in _notices(office) if one.outcome == "conflict")
    assert notice.paths == ["diagram"]
    assert b'deadline="6"' not in pin(KEY, office.unit(COMMUNE).id).bpmn

    settling.settle(actor, notice.id, how="merge")
    bpmn = pin(KEY, office.unit(COMMUNE).id).bpmn
    assert b'deadline="6"' in bpmn
    assert b'deadline="1"' in bpmn


def test_changes_of_one_element_cannot_be_merged_and_are_named(office: Office) -> None:
    root, actor = admin(office, ROOT), admin(office, COMMUNE)
    say(root, "common", {"diagram": BASE})
    say(actor, PLACE, _changed('deadline="parameters.direction_days"', 'deadline="1"'))
    say(root, "common", _changed('deadline="parameters.direction_days"', 'deadline="6"'))
    notice = next(one for one in _notices(office) if one.outcome == "conflict")

    with pytest.raises(Conflict) as raised:
        settling.settle(actor, notice.id, how="merge")
    assert raised.value.data["elements"] == "direct"
    db.session.expire_all()
    assert settling.visible_notice(actor, notice.id).settled_at is None
    with pytest.raises(Invalid):
        settling.settle(actor, notice.id, how="seen")


def test_a_word_about_a_step_that_is_drawn_otherwise_above_is_a_conflict(office: Office) -> None:
    root, actor = admin(office, ROOT), admin(office, COMMUNE)
    say(root, "common", {"diagram": BASE})
    say(actor, PLACE, {"steps": {"direct": {"deadline": "1"}}})
    say(root, "common", _changed('deadline="parameters.direction_days"', 'deadline="6"'))

    assert [(one.outcome, one.paths) for one in _notices(office)] == [("conflict", ["steps.direct.deadline"])]


def test_a_notice_is_for_those_who_edit_at_its_place(office: Office) -> None:
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 2}})
    say(admin(office, ROOT), "common", _days(9))
    notice = _notices(office)[0]

    assert queries.open_notices(admin(office, OTHER)) == []
    with pytest.raises(Missing):
        settling.settle(admin(office, OTHER), notice.id, how="keep")
    assert settling.settle(admin(office, DISTRICT), notice.id, how="keep").how == "keep"
