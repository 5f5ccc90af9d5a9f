"""The inbox: what waits for me, and the slips that ask for an opinion or a reading."""

import pytest

from tests.house import Office
from tests.story import Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


def test_what_waits_is_shown_with_its_step_and_its_sender(told: Told) -> None:
    told.until("check_content")
    page = plain(Browser(told.office, told.tour["head"]).read("/"))

    assert told.tour["subject"] in page
    assert told.office.unit(told.tour["sender"]).name in page
    assert "Việc mới 1" in page


def test_a_task_is_new_until_it_was_opened(told: Told) -> None:
    told.until("check_content")
    head = Browser(told.office, told.tour["head"])
    head.read(head.first_task())

    assert told.tour["subject"] not in head.read("/?tab=new")
    assert told.tour["subject"] in head.read("/?tab=doing")


def test_what_is_done_stays_to_look_up(told: Told) -> None:
    told.until("check_content")
    assert told.tour["subject"] in Browser(told.office, told.tour["drafter"]).read("/?tab=done")


def test_marks_may_be_left_out_of_a_search(told: Told) -> None:
    told.until("check_content")
    head = Browser(told.office, told.tour["head"])

    assert told.tour["subject"] in head.read("/?q=V%2Fv")
    page = head.read("/?q=khong-co-gi")
    assert told.tour["subject"] not in page
    assert "/search?q=khong-co-gi" in page


@pytest.mark.parametrize("address", ["/?tab=nonsense", "/?offset=-1", "/?offset=x", "/?offset=99999999999999"])
def test_nonsense_in_the_address_does_no_harm(told: Told, address: str) -> None:
    Browser(told.office, told.tour["head"]).read(address)


def test_an_empty_inbox_teaches_and_only_who_has_something_to_begin_can_start(told: Told) -> None:
    drafter, chairman = (Browser(told.office, told.tour[who]) for who in ("drafter", "chairman"))

    assert "Không còn việc nào chờ" in drafter.read("/")
    assert 'href="/cases/start"' in drafter.read("/")
    assert "Mở hồ sơ mới" not in chairman.read("/")


def test_a_co_handler_gives_an_opinion_and_a_reader_says_it_was_read(told: Told) -> None:
    told.sent(recipients=1)
    recipient = told.recipients[0]
    told.handle(recipient, last="take_up")
    holders = {post["key"]: post["sign_in"] for post in told.office.world["posts"]}
    helper = Browser(told.office, holders[recipient["co_handlers"][0]])
    reader = Browser(told.office, holders[recipient["information"][0]])

    address = _slip(helper)
    assert "Vui lòng ghi ý kiến" in helper.send(address, 422, opinion=" ").text
    assert "nhiều nhất 2000 ký tự" in helper.send(address, 422, opinion="x" * 2001).text
    assert "/close" not in helper.read(helper.send(address, opinion="Đồng ý.\r\n" + "x" * 1992).headers["Location"])
    helper.send(address, 409, opinion="Lần nữa")
    reader.send(address, 404)
    reader.send(_slip(reader))
    assert "/close" not in reader.read("/")


def _slip(browser: Browser) -> str:
    return browser.read("/").split('action="/slips/')[1].split('"')[0].join(("/slips/", ""))
