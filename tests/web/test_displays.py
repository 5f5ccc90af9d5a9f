"""What an agency's signatures in the corner of a page show: the decree's words, set as the agency wants them."""

from app.jobs import displays
from signing.cases import Case
from signing.display import DEFAULTS
from tests.house import Office
from tests.places import DISTRICT, ROOT, administrator
from tests.web.browser import Browser, plain

PAGE = f"/units/{DISTRICT}/displays"


def test_an_administrator_sets_a_template_after_a_look_at_it(office: Office) -> None:
    me, unit = Browser(office, administrator(office, ROOT)), office.unit(DISTRICT)
    Browser(office, "vanthu.sontinh").read(PAGE, 404)
    Browser(office, administrator(office, "xa-tinh-bac")).read(PAGE, 404)
    assert "error" not in me.read(PAGE)
    lines = "{form}\n{agency}\nKý lúc {time}"
    look = me.send(PAGE, 200, case="copy", act="preview", lines=lines, size="11").text
    assert "Ký lúc 20" in look
    assert "Đang xem thử, chưa lưu" in look
    assert displays.of(unit.id, Case.COPY) == DEFAULTS[Case.COPY]
    me.send(PAGE, case="copy", act="save", lines=lines, size="11")
    kept = displays.of(unit.id, Case.COPY)
    assert (kept.lines, kept.size) == (("{form}", "{agency}", "Ký lúc {time}"), 11.0)
    for wrong, said in (
        ("{form} {agency}", "Thiếu nội dung bắt buộc"),
        ("{form} {agency} {time.__class__}", "ngoặc nhọn"),
        ("\n".join(["{form} {agency} {time}"] * 5), "từ một đến bốn dòng"),
        ("", "từ một đến bốn dòng"),
    ):
        assert said in plain(me.send(PAGE, 422, case="copy", act="save", lines=wrong, size="10").text)
    me.send(PAGE, 404, case="person", act="save", lines=lines, size="10")
    me.send(PAGE, case="copy", act="default")
    assert displays.of(unit.id, Case.COPY) == DEFAULTS[Case.COPY]
