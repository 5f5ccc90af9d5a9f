"""A change of a place above, settled thing by thing in a browser without JavaScript."""

from pathlib import Path

from app.domain.procedures import drafts, queries
from app.domain.procedures.commands import pin
from app.domain.procedures.drafts import Subject
from tests.house import Office
from tests.places import COMMUNE, KEY, ROOT, admin, administrator, say
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


def test_each_element_is_followed_or_kept_the_result_is_seen_first_and_the_way_back_is_one_click(
    office: Office,
) -> None:
    commune, root = admin(office, COMMUNE), admin(office, ROOT)
    say(root, "common", _drawn())
    days = {"parameters": {"direction_days": 2}}
    say(commune, PLACE, {**_drawn((HANDLE, 'deadline="3"'), ('name="Cấp số đến"', 'name="Vào sổ xã"')), **days})
    theirs = _drawn(
        (HANDLE, 'deadline="9"'),
        ('name="Cấp số đến"', f'name="{HOSTILE}"'),
        ('name="Lập phiếu giao việc"', 'name="Lưu"'),
    )
    say(root, "common", {**theirs, "parameters": {"direction_days": 7}})
    [notice] = queries.open_notices(commune)
    browser, address = Browser(office, administrator(office, COMMUNE)), f"/procedures/notices/{notice.id}"

    page = browser.read(address)
    assert page.count("<svg xmlns") == 3
    assert "<script>alert" not in page
    for name in ("c.diagram.handle", "c.diagram.enter", "c.parameters.direction_days"):
        assert f'name="{name}"' in page
    assert "Lưu" in plain(page[page.index("được lấy tự động") :])
    choices = {"c.diagram.handle": "ours", "c.diagram.enter": "theirs", "c.parameters.direction_days": "theirs"}
    some = browser.send(address, 400, how="preview", **{"c.diagram.handle": "ours"})
    assert "Chưa chọn cho" in some.text
    seen = browser.send(address, 200, how="preview", **choices)
    assert "đạt mọi kiểm tra" in seen.text
    assert "<script>alert" not in seen.text
    assert pin(KEY, office.unit(COMMUNE).id).parameters["direction_days"] == 2, "looking settles nothing"

    kept = browser.send(address, how="draft", **choices)
    assert "/procedures/drafts/" in kept.location
    again = browser.send(address, 409, how="draft", **choices)
    assert "đang có bản nháp" in again.text
    done = browser.send(address, how="choose", **choices)
    compared = browser.read(done.location)
    assert "Quay lại phiên bản 1" in compared
    found = pin(KEY, office.unit(COMMUNE).id)
    assert found.parameters["direction_days"] == 7
    for said in (b'deadline="3"', 'name="Lưu"'.encode(), b"&lt;script&gt;"):
        assert said in found.bpmn
    assert queries.open_notices(commune) == []
    own = drafts.published(Subject("procedure", KEY, PLACE))
    assert "parameters" not in own

    back = queries.versions(commune, "procedure", KEY)
    first = next(one for one in back if one.place == PLACE and one.number == 1)
    browser.send(f"/procedures/versions/{first.id}/rollback", text="Lầm")
    assert "Vào sổ xã".encode() in pin(KEY, office.unit(COMMUNE).id).bpmn
