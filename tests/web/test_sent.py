"""The sender sees how far every recipient is, on one page."""

import pytest

from tests.house import Office
from tests.story import Told
from tests.web.browser import Browser, plain


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def drafter(told: Told) -> Browser:
    return Browser(told.office, told.tour["drafter"])


def test_each_recipient_has_a_line_that_says_how_far_it_is(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=2)
    told.handle(told.recipients[0])
    page = plain(drafter.read(f"/sent/{case.document_id}"))

    assert "1/2 nơi nhận đã hoàn thành." in page
    assert all(told.office.unit(one["unit"]).short_name in page for one in told.recipients[:2])
    assert told.office.post(told.recipients[0]["lead"]).title in page


def test_line_n6_the_superior_sees_each_assignment_below_and_nothing_of_its_content(
    told: Told, drafter: Browser
) -> None:
    case = told.sent(recipients=1)
    told.handle(told.recipients[0], last="handle")
    page = plain(drafter.read(f"/sent/{case.document_id}"))

    lead = told.office.post(told.recipients[0]["lead"]).title
    assert "3 đầu việc" in page
    assert f"{lead} " in page
    assert "Chủ trì" in page
    assert "Giao chủ trì tham mưu thực hiện." not in page  # the instruction is the recipient's own

    told.complete(told.arrived(told.recipients[0]), "handle", told.recipients[0]["specialist"], result="Đã xong.")
    tree = plain(drafter.read(f"/sent/{case.document_id}?view=tree"))
    assert f"{lead} {told.office.unit(told.recipients[0]['unit']).short_name}, Chủ trì: đã xong lúc" in tree
    assert "Phối hợp: chưa cho ý kiến" in tree
    diagram = drafter.read(f"/cases/{case.id}")
    assert ">1/1</text>" in diagram
    assert "Từng nơi nhận trên sơ đồ (1)" in plain(diagram)


def test_recipients_are_filtered_by_where_they_stand_and_sorted(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=3)
    told.handle(told.recipients[1])
    names = [told.office.unit(one["unit"]).short_name for one in told.recipients[:3]]

    def rows(asked: str) -> list[str]:
        page = drafter.read(f"/sent/{case.document_id}?{asked}").split("<tbody>")[1].split("</tbody>")[0]
        return sorted((name for name in names if name in page), key=page.index)

    assert rows("status=06") == [names[1]]
    assert rows("status=01") == [names[0], names[2]]
    assert rows("status=01&sort=unit&down=1") == [names[2], names[0]]
    assert rows("status=nonsense&sort=nonsense") == [names[0], names[2], names[1]]


def test_the_page_asks_again_until_all_is_done(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=1)
    address = f"/sent/{case.document_id}"
    part = drafter.read(f"{address}?part=progress")
    assert f'hx-get="{address}?part=progress"' in part
    assert "<html" not in part

    told.handle(told.recipients[0])
    page = drafter.read(address)
    assert "hx-get" not in page
    assert "Tất cả 1 nơi nhận đã báo kết quả cuối cùng." in plain(page)


def test_the_page_says_in_words_where_the_diagram_stands(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=1)
    page = drafter.read(f"/sent/{case.document_id}")
    assert "Bước hiện tại:" in plain(page)
    assert page.index("Bước hiện tại:") < page.index('class="diagram ')


def test_a_refusal_says_why(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=2)
    arrived = told.arrived(told.recipients[0])
    answers = {"registration_decision": "refuse", "refuse_reason": "wrong_recipient", "refuse_text": "Gửi nhầm xã."}
    told.complete(arrived, "register", told.recipients[0]["clerk"], **answers)

    page = plain(drafter.read(f"/sent/{case.document_id}"))
    assert "Gửi nhầm nơi nhận: Gửi nhầm xã." in page
    assert "wrong_recipient" not in page


def test_a_document_that_everybody_refused_is_called_so(told: Told, drafter: Browser) -> None:
    case = told.sent(recipients=1)
    answers = {"registration_decision": "refuse", "refuse_reason": "other", "refuse_text": "Văn bản cũ."}
    told.complete(told.arrived(told.recipients[0]), "register", told.recipients[0]["clerk"], **answers)

    assert "Mọi nơi nhận từ chối" in plain(drafter.read(f"/documents/{case.document_id}"))
    assert f'href="/sent/{case.document_id}"' in drafter.read(f"/cases/{case.id}")


def test_before_it_is_sent_the_page_says_so(told: Told, drafter: Browser) -> None:
    case = told.until("approve")
    assert "Văn bản chưa được gửi" in drafter.read(f"/sent/{case.document_id}")


def test_only_the_senders_people_follow_it(told: Told) -> None:
    case = told.sent(recipients=1)
    recipient = Browser(told.office, told.recipients[0]["clerk"])

    recipient.read(f"/sent/{case.document_id}", 404)
    recipient.read(f"/sent/{told.arrived(told.recipients[0]).document_id}", 404)
