"""A change of a place above, settled thing by thing in a browser without JavaScript."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.domain.procedures import drafts, queries
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from tests.house import Office
from tests.places import COMMUNE, KEY, ROOT, admin, administrator, draft, say
from tests.web.browser import Browser, plain

PLACE = f"units/{COMMUNE}"
BASE = Path("processes/common/incoming_document/process.bpmn").read_text("utf-8")
HANDLE = 'deadline="handling_deadline or parameters.handling_days"'
HOSTILE = "&lt;script&gt;alert(1)&lt;/script&gt;" + "Ơ" * 460


def _drawn(*changes: tuple[str, str]) -> dict[str, str]:
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {"diagram": text}


CHOICES: dict[str, Any] = {
    "c.diagram.handle": "ours",
    "c.diagram.enter": "theirs",
    "c.parameters.direction_days": "theirs",
}


@pytest.fixture
def address(office: Office) -> str:
    """A conflict of a commune: both sides changed two elements and a value, the one above a third element alone."""
    root = admin(office, ROOT)
    say(root, "common", _drawn())
    ours = _drawn((HANDLE, 'deadline="3"'), ('name="Cấp số đến"', 'name="Vào sổ xã"'))
    say(admin(office, COMMUNE), PLACE, {**ours, "parameters": {"direction_days": 2}})
    theirs = _drawn(
        (HANDLE, 'deadline="9"'),
        ('name="Cấp số đến"', f'name="{HOSTILE}"'),
        ('name="Lập phiếu giao việc"', 'name="Lưu"'),
    )
    say(root, "common", {**theirs, "parameters": {"direction_days": 7}})
    [notice] = queries.open_notices(admin(office, COMMUNE))
    return f"/procedures/notices/{notice.id}"


def test_the_result_of_choosing_element_by_element_is_seen_before_anything_is_settled(
    office: Office, address: str
) -> None:
    browser = Browser(office, administrator(office, COMMUNE))
    page = browser.read(address)
    assert page.count("<svg xmlns") == 3
    assert "<script>alert" not in page
    for name in CHOICES:
        assert f'name="{name}"' in page
    assert "Lưu" in plain(page[page.index("được lấy tự động") :])
    some = browser.send(address, 400, how="preview", **{"c.diagram.handle": "ours"})
    assert "Chưa chọn cho" in some.text
    seen = browser.send(address, 200, how="preview", **CHOICES)
    assert "đạt mọi kiểm tra" in seen.text
    assert "<script>alert" not in seen.text
    assert pin(KEY, office.unit(COMMUNE).id).parameters["direction_days"] == 2, "looking settles nothing"

    assert "/procedures/drafts/" in browser.send(address, how="draft", **CHOICES).location
    assert "đang có bản nháp" in browser.send(address, 409, how="draft", **CHOICES).text


def test_each_element_is_followed_or_kept_as_chosen_and_the_version_before_is_one_click_away(
    office: Office, address: str
) -> None:
    browser, commune = Browser(office, administrator(office, COMMUNE)), admin(office, COMMUNE)
    compared = browser.read(browser.send(address, how="choose", **CHOICES).location)
    found = pin(KEY, office.unit(COMMUNE).id)
    assert found.parameters["direction_days"] == 7
    for said in (b'deadline="3"', 'name="Lưu"'.encode(), b"&lt;script&gt;"):
        assert said in found.bpmn
    assert queries.open_notices(commune) == []
    assert "parameters" not in drafts.published(Subject("procedure", KEY, PLACE))

    way_back = re.search(r'action="(/procedures/versions/[^"]+/rollback)"', compared)
    assert way_back is not None
    browser.send(way_back[1], text="Lầm")
    assert "Vào sổ xã".encode() in pin(KEY, office.unit(COMMUNE).id).bpmn


def test_a_conflict_closes_when_the_place_publishes_a_draft_that_no_longer_speaks_of_it(office: Office) -> None:
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 3}, "description": "của xã"})
    say(admin(office, ROOT), "levels/commune", {"parameters": {"handling_days": 7}})
    browser, commune = Browser(office, administrator(office, COMMUNE)), admin(office, COMMUNE)
    assert pin(KEY, office.unit(COMMUNE).id).parameters["handling_days"] == 3
    say(commune, PLACE, {"parameters": {"handling_days": 4}, "description": "của xã"})
    assert len(queries.open_notices(commune)) == 1, "it still says otherwise"
    made = draft(commune, PLACE, {"description": "của xã"})
    hub = plain(browser.read(f"/procedures/drafts/{made.id}"))
    assert "tự khép lại khi ban hành" in hub
    browser.send(f"/procedures/drafts/{made.id}/publish", reason="Theo cấp xã")

    assert queries.open_notices(commune) == []
    assert pin(KEY, office.unit(COMMUNE).id).parameters["handling_days"] == 7


def test_a_conflict_tells_when_a_place_between_the_two_would_have_the_last_word(office: Office) -> None:
    root = admin(office, ROOT)
    say(root, "levels/commune", {"parameters": {"handling_days": 6}})
    say(admin(office, COMMUNE), PLACE, {"parameters": {"handling_days": 3}})
    say(root, "common", {"parameters": {"handling_days": 9}})
    found = next(one for one in queries.open_notices(admin(office, COMMUNE)) if one.above == "common")
    page = plain(Browser(office, administrator(office, COMMUNE)).read(f"/procedures/notices/{found.id}"))
    assert "Nếu theo cấp trên, nơi này sẽ là 6, vì Cấp xã quy định gần hơn." in page
