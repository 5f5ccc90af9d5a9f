"""Registers look like the ledgers they replace: ten columns, in order, nothing ever taken out."""

import re

import pytest

from app.cli import demo
from app.domain.registers import commands, queries
from app.domain.registers.models import Register
from app.kernel.clock import office_day
from app.web import i18n
from tests.house import Office
from tests.story import Ref, Told
from tests.web.browser import Browser, plain

OUTGOING = (
    "Số, ký hiệu văn bản",
    "Ngày tháng văn bản",
    "Tên loại và trích yếu nội dung văn bản",
    "Người ký",
    "Nơi nhận văn bản",
    "Đơn vị, người nhận bản lưu",
    "Số lượng bản",
    "Ngày chuyển",
    "Ký nhận",
    "Ghi chú",
)
INCOMING = (
    "Ngày đến",
    "Số đến",
    "Tác giả",
    "Số, ký hiệu văn bản",
    "Ngày tháng văn bản",
    "Tên loại và trích yếu nội dung văn bản",
    "Đơn vị hoặc người nhận",
    "Ngày chuyển",
    "Ký nhận",
    "Ghi chú",
)


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def sent(told: Told) -> Ref:
    return told.sent(recipients=1)


@pytest.fixture
def clerk(told: Told) -> Browser:
    return Browser(told.office, told.tour["clerk"])


def register(told: Told, unit: str, kind: str) -> Register:
    return queries.register_of(told.office.unit(unit).id, kind)


def columns(page: str) -> tuple[str, ...]:
    return tuple(plain(cell) for cell in re.findall(r'<th scope="col">.*?</th>', page))


def test_the_register_of_outgoing_documents_has_the_ten_columns(told: Told, sent: Ref, clerk: Browser) -> None:
    page = clerk.read(f"/registers/{register(told, told.tour['sender'], 'outgoing').id}")
    document = told.document(sent)

    assert columns(page) == OUTGOING
    chairman = told.office.person(told.tour["chairman"]).name
    for words in (document.reference, document.subject, chairman, "1/1 đã nhận", f"{office_day():%d/%m/%Y}"):
        assert words in plain(page), words


def test_the_register_of_incoming_documents_has_the_ten_columns(told: Told, sent: Ref) -> None:
    recipient = told.recipients[0]
    told.handle(recipient, last="handle")
    clerk = Browser(told.office, recipient["clerk"])
    page = clerk.read(f"/registers/{register(told, recipient['unit'], 'incoming').id}")

    assert columns(page) == INCOMING
    lead = told.office.post(recipient["lead"]).title
    taker = told.office.person(recipient["specialist"]).name
    for words in (told.document(sent).reference, told.office.unit(told.tour["sender"]).name, lead, taker):
        assert words in plain(page), words


def test_a_void_number_keeps_its_row_and_its_reason(told: Told, sent: Ref, clerk: Browser) -> None:
    book = register(told, told.tour["sender"], "outgoing")
    _, entry = queries.register_and_entry(book.unit_id, "outgoing", sent.document_id)
    assert entry is not None
    commands.void_number(told.office.actor(told.tour["clerk"]), entry.id, reason="Cấp nhầm số.")
    page = clerk.read(f"/registers/{book.id}")

    assert 'class="void"' in page
    assert "Cấp nhầm số." in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?from=1&to=1", True),
        ("?from=2", False),
        ("?to=0", True),
        ("?year=1999", False),
        ("?year=x&from=-1&to=nonsense", True),
    ],
)
def test_the_year_and_the_range_are_chosen_in_the_address(
    told: Told, sent: Ref, clerk: Browser, query: str, *, shown: bool
) -> None:
    page = clerk.read(f"/registers/{register(told, told.tour['sender'], 'outgoing').id}{query}")

    assert (told.tour["subject"] in page) is shown


def test_the_shelf_lists_the_registers_of_my_agency_only(told: Told, clerk: Browser) -> None:
    page = clerk.read("/registers")

    assert page.count('href="/registers/') == 3  # going out, coming in, copies
    assert told.office.unit(told.tour["sender"]).name in page


@pytest.mark.parametrize("kind", demo.REGISTERS)
@pytest.mark.parametrize("language", i18n.LOCALES)
def test_every_kind_of_register_has_its_words(kind: str, language: str) -> None:
    wanted = {f"register.{kind}", f"registers.kind.{kind}", f"register.empty.text.{kind}"}
    assert wanted <= i18n.catalogue(language).keys()


def test_a_register_of_another_agency_is_not_there(told: Told, clerk: Browser) -> None:
    clerk.read(f"/registers/{register(told, told.recipients[0]['unit'], 'incoming').id}", 404)
    assert "chưa được xem sổ nào" in Browser(told.office, told.tour["drafter"]).read("/registers")
