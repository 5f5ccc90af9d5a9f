"""Decision tables in the browser: written without a script, held against themselves, never lost to anybody."""

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.domain.procedures import tablerows
from app.domain.procedures.models import LayerDraft
from app.engine import sheets
from app.engine.dmnwriting import written
from app.engine.sheets import INPUT, OUTPUT, Field, Line, Sheet
from app.kernel.db import db
from app.kernel.errors import OfficeError
from tests.house import Office
from tests.places import COMMUNE, DISTRICT, admin, administrator, draft, say
from tests.web.browser import Browser, plain

KEY = "petition_route"
ROUTE = Path("processes/common/complaint_petition/petition_route.dmn").read_bytes()


@pytest.fixture
def browser(office: Office) -> Browser:
    return Browser(office, administrator(office, COMMUNE))


def _begun(office: Office, key: str = KEY) -> tuple[str, str]:
    made = draft(admin(office, COMMUNE), f"units/{COMMUNE}", {}, kind="decision", key=key)
    return f"/procedures/drafts/{made.id}/table", str(made.id)


def _fields(page: str) -> dict[str, Any]:
    """What a browser would send of the form of the table."""
    form = page[page.index('class="stack-large table-form"') : page.index('class="stack-large after-form"')]
    found = re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form)
    given: dict[str, Any] = {unescape(name): unescape(value) for name, value in found if name != "row"}
    given["row"] = [value for name, value in found if name == "row"]
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen is not None, name
        given[name] = chosen[1]
    return given


def _kept(draft_id: str) -> Sheet:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.scalars(db.select(LayerDraft)).all()
    return next(sheets.opened(one.content["dmn"].encode()) for one in found if str(one.id) == draft_id)


def test_a_table_is_inherited_changed_as_a_whole_tried_and_published(office: Office, browser: Browser) -> None:
    address, draft_id = _begun(office)
    page = browser.read(address)
    assert "Bảng này đang kế thừa từ" in page
    assert "cả bảng được thay" in page
    assert "Không hàng nào đúng khi Đã giải quyết, trùng là một giá trị khác." in plain(unescape(page))
    typed = _fields(page)
    data = {"settled": "no", "complete": "yes", "competent": "yes", "petition_kind": "petition"}
    data["parameters.petition_days"] = "15"
    case = {f"try|{name}": value for name, value in data.items()}
    tried = browser.send(address, 200, **{**typed, **case, "do": "try"})
    assert "Hàng đúng: 7." in tried.text
    assert '{"action": "accept", "days": 15}' in unescape(tried.text)
    with pytest.raises(KeyError):
        _kept(draft_id)
    typed["cell|rule_1|output_action"] = '"forward" <script>alert(1)</script>'
    browser.send(address, **{**typed, "do": "row|copy|rule_1"})
    page = browser.read(address)
    assert "<script>alert(1)" not in page
    assert "2 chỗ viết chưa đúng" in page
    assert "vị trí" in page
    typed = {**_fields(page), "cell|rule_1|output_action": '"forward"'}
    browser.send(address, **typed, do=f"row|remove|{_kept(draft_id).lines[1].id}")
    page = browser.read(address)
    assert "Bấm" not in page
    assert "<del>&#34;decline&#34;</del> <ins>&#34;forward&#34;</ins>" in page
    assert "dùng bảng riêng" in page
    assert len(_kept(draft_id).lines) == 7


def test_a_published_table_is_compared_row_by_row_and_given_up_again(office: Office, browser: Browser) -> None:
    changed = ROUTE.replace(b'<text>"forward"</text>', b'<text>"decline"</text>').decode()
    for text in (ROUTE.decode(), changed):
        said = say(admin(office, COMMUNE), f"units/{COMMUNE}", {"dmn": text}, kind="decision", key=KEY)
    assert "<del>&#34;forward&#34;</del> <ins>&#34;decline&#34;</ins>" in browser.read(
        f"/procedures/versions/{said.id}/table"
    )
    address, draft_id = _begun(office)
    browser.send(address, **_fields(browser.read(address)), do="save")
    assert _kept(draft_id) == sheets.opened(ROUTE)
    browser.send(address, **_fields(browser.read(address)), do="inherit")
    with pytest.raises(KeyError):
        _kept(draft_id)


def test_rows_that_overlap_are_named_and_a_cell_is_looked_at_alone(office: Office, browser: Browser) -> None:
    address, _draft_id = _begun(office, "fees")
    page = browser.read(address)
    assert "Bảng chưa" not in page
    typed = {
        **_fields(page),
        "head|input_1|text": "amount",
        "head|input_1|label": "Số <b>tiền",
        "head|input_1|kind": "number",
    }
    typed |= {"cell|rule_1|input_1": "> 5", "cell|rule_1|output_1": '"a"'}
    browser.send(address, **{**typed, "do": "row|copy|rule_1"})
    browser.send(address, **_fields(browser.read(address)), do="column|add|input")
    page = browser.read(address)
    assert "Số &lt;b&gt;tiền" in page
    typed = {**_fields(page), "head|input_2|text": "kind"}
    browser.send(address, **{**typed, "do": "save"})
    page = unescape(browser.read(address))
    assert "Hàng 1 và 2 cùng đúng khi Số <b>tiền là 6." in plain(page.replace("<b>", "&lt;b>")).replace("&lt;b>", "<b>")
    wrong = browser.read(f"{address}/cell?cell|rule_1|input_1=>+")
    assert "vị trí" in wrong
    assert browser.read(f"{address}/cell?cell|rule_1|input_1=5").strip() == ""


def test_of_two_who_write_at_once_neither_loses_anything(office: Office, browser: Browser) -> None:
    address, draft_id = _begun(office)
    other = Browser(office, administrator(office, DISTRICT))
    mine, theirs = _fields(browser.read(address)), _fields(other.read(address))
    other.send(address, **{**theirs, "note|rule_2": "Người kia ghi."}, do="row|remove|rule_1")
    answer = browser.send(address, 409, **{**mine, "note|rule_1": "Ghi chú của tôi."}, do="save")
    text = plain(answer.text)
    assert "Người khác đã lưu bảng này" in text
    assert "Ghi chú của tôi." in answer.text
    assert "Người kia ghi." in answer.text
    assert _kept(draft_id).lines[0].note == "Người kia ghi."
    browser.send(address, **_fields(answer.text), do="save")
    assert "Ghi chú của tôi." in {line.note for line in _kept(draft_id).lines}
    stale = {**_fields(browser.read(address)), "note|rule_2": "Chưa <kịp lưu."}
    other.send(f"/procedures/drafts/{draft_id}/publish", reason="Theo quy chế.")
    late = browser.send(address, 404, **stale, do="save")
    assert "đã được ban hành hoặc đã bị bỏ" in late.text
    assert "Chưa &lt;kịp lưu." in late.text


def test_files_go_out_and_come_back_and_garbage_changes_nothing(office: Office, browser: Browser) -> None:
    address, draft_id = _begun(office)
    number = _fields(browser.read(address))["row_version"]
    rows = browser.ask(f"{address}.csv").data
    browser.send(f"{address}/file", row_version=number, file=(BytesIO(rows), "rows.csv"))
    assert [line.cells for line in _kept(draft_id).lines] == [line.cells for line in sheets.opened(ROUTE).lines]
    number = _fields(browser.read(address))["row_version"]
    many = ROUTE.replace(
        b"</decisionTable>", ROUTE[ROUTE.index(b"<rule ") : ROUTE.index(b"</decisionTable>")] * 3 + b"</decisionTable>"
    )
    huge = sheets.opened(ROUTE)
    huge = Sheet(huge.fields, tuple(Line(f"r{at}", huge.lines[0].cells) for at in range(1001)))
    for name, data, said in (
        ("x.dmn", b"garbage", "không đọc được"),
        ("x.dmn", b'<!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>', "DOCTYPE"),
        ("x.csv", b"\xff\x00\x00\xfe", "UTF-8"),
        ("x.csv", b"a;b\n1;2\n", "tên các cột"),
        ("x.csv", tablerows.to_csv(huge), "quá lớn"),
    ):
        answer = browser.ask(
            f"{address}/file", method="POST", data={"row_version": number, "file": (BytesIO(data), name)}
        )
        assert answer.status_code in {400, 413}, name
        assert said in plain(answer.text), (name, said)
    browser.send(f"{address}/file", 409, row_version="77", file=(BytesIO(many), "y.dmn"))
    browser.send(f"{address}/file", row_version=number, file=(BytesIO(many), "y.dmn"))
    assert "Hàng 1 và 8 cùng đúng" in plain(browser.read(address))
    browser.read(f"/procedures/drafts/{draft_id}/table?page=99999999999")


def test_a_table_of_two_thousand_rows_and_endless_cells_is_shown_in_parts_and_not_published(
    office: Office, browser: Browser
) -> None:
    address, draft_id = _begun(office)
    fields = (Field("i", INPUT, "n", "<b>" + "x" * 500), Field("o", OUTPUT, "r"))
    endless = f'"{"<script>alert(1)</script>" * 20}"'
    sheet = Sheet(fields, tuple(Line(f"r{at}", (endless if at == 3 else str(at), '"a"')) for at in range(2000)))
    number = _fields(browser.read(address))["row_version"]
    browser.send(f"{address}/file", row_version=number, file=(BytesIO(written(sheet)), "x.dmn"))
    page = browser.read(address)
    assert "<script>alert" not in page
    assert "giới hạn 200 dòng" in page
    assert page.count("<tr id=") == 50
    typed = {**_fields(browser.read(f"{address}?page=40")), "note|r1999": "Hàng cuối."}
    browser.send(address, **{**typed, "do": "row|remove|r1998"})
    kept = _kept(draft_id)
    assert (len(kept.lines), kept.lines[-1].note, kept.lines[3].cells[0]) == (1999, "Hàng cuối.", endless)


def test_a_spreadsheet_computes_nothing_that_a_table_says() -> None:
    fields = (Field("i", INPUT, "n", "=Tên"), Field("o", OUTPUT, "r"))
    cells = ["-", "= 5", "-5", "'=x'", "@a", "> 1;2", '"a\nb"', "+1"]
    sheet = Sheet(fields, tuple(Line(f"rule_{at}", (cell, '"x"'), "-ghi") for at, cell in enumerate(cells, 1)))
    data = tablerows.to_csv(sheet)
    for line in data.decode("utf-8-sig").splitlines():
        assert not any(part.startswith(("=", "+", "-", "@")) for part in line.split(";")), line
    assert tablerows.from_csv(sheet, data) == sheet
    comma = '\'=Tên,r\r\n> 3,"""a"""\r\n'.encode()
    assert tablerows.from_csv(sheet, comma).lines == (Line("rule_1", ("> 3", '"a"')),)
    for bad in (b"'=T\xc3\xaan;r\n1;2;3;4\n", b"", b'"open;r', b"\x00"):
        with pytest.raises(OfficeError, match=r"table\.csv"):
            tablerows.from_csv(sheet, bad)
